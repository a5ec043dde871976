"""first tables.

Revises: nothing
"""
# ruff: noqa: E501 - a CHECK constraint is one string

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=30), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_lookup", "attempts", ["action", "subject", "at"], unique=False)
    op.create_table(
        "installation",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation")),
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("unsubscribe", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    op.create_index("ix_mails_waiting", "mails", ["sent_at", "run_after"], unique=False)
    op.create_table(
        "old_places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=False),
        sa.Column("province", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_places")),
    )
    op.create_index(op.f("ix_old_places_place"), "old_places", ["place"], unique=False)
    op.create_table(
        "references",
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_references")),
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(length=30), nullable=False),
        sa.Column("version", sa.String(length=30), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("vi", sa.String(length=300), nullable=False),
        sa.Column("en", sa.String(length=300), nullable=False),
        sa.Column("parent", sa.String(length=30), nullable=False),
        sa.Column("note_vi", sa.String(length=300), nullable=False),
        sa.Column("note_en", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("scheme", "version", "code", name=op.f("uq_terms_scheme")),
    )
    op.create_index(op.f("ix_terms_scheme"), "terms", ["scheme"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("hats", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("totp_secret", sa.JSON(), nullable=True),
        sa.Column("totp_step", sa.Integer(), nullable=False),
        sa.Column("recovery_codes", sa.JSON(), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_settings", sa.JSON(), nullable=False),
        sa.Column("sample_about", sa.String(length=300), nullable=False),
        sa.CheckConstraint(
            "role in ('member', 'curator', 'lead', 'officer', 'leader', 'auditor', 'sysadmin')",
            name=op.f("ck_users_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("key", name=op.f("uq_users_key")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=250), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index("ix_notices_due", "notices", ["told_at", "due_at"], unique=False)
    op.create_index("ix_notices_inbox", "notices", ["user_id", "read_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_role", sa.String(length=20), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_type", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_audit_actor_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor_id"], unique=False)
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index("ix_audit_subject", "audit", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "login_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_login_sessions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_sessions")),
        sa.UniqueConstraint("key", name=op.f("uq_login_sessions_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_sessions_token_hash")),
    )
    op.create_index(op.f("ix_login_sessions_user_id"), "login_sessions", ["user_id"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=30), nullable=False),
        sa.Column("size", sa.String(length=20), nullable=False),
        sa.Column("tax_code", sa.String(length=14), nullable=True),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registered_by_id"], ["users.id"], name=op.f("fk_organisations_registered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f("fk_organisations_verified_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("key", name=op.f("uq_organisations_key")),
        sa.UniqueConstraint("tax_code", name=op.f("uq_organisations_tax_code")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("stored_as", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("refs", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'checking', 'checked', 'refused', 'importing', 'done')",
            name=op.f("ck_imports_state"),
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_imports_actor_id_users")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_imports_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("key", name=op.f("uq_imports_key")),
    )
    op.create_index(op.f("ix_imports_actor_id"), "imports", ["actor_id"], unique=False)
    op.create_index(op.f("ix_imports_sha256"), "imports", ["sha256"], unique=False)
    op.create_table(
        "interests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_interests_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_interests_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
        sa.UniqueConstraint("user_id", "organisation_id", name=op.f("uq_interests_user_id")),
    )
    op.create_index(
        op.f("ix_interests_organisation_id"), "interests", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_interests_user_id"), "interests", ["user_id"], unique=False)
    op.create_table(
        "listings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=24), nullable=False),
        sa.Column("tracking_code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.String(length=12), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("open_for_eoi", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("owner_user_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("client_name", sa.String(length=160), nullable=False),
        sa.Column("curator_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("live_version_id", sa.Integer(), nullable=True),
        sa.Column("working_version_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renew_count", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unmet_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('offer', 'need', 'idea', 'startup', 'mentor', 'expert', 'investor', 'support')",
            name=op.f("ck_listings_kind"),
        ),
        sa.CheckConstraint(
            "revision in ('none', 'draft', 'in_review', 'returned')",
            name=op.f("ck_listings_revision"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'client_validation', 'in_review', 'returned', 'rejected', 'published', 'on_hold', 'flagged', 'expired', 'withdrawn', 'archived')",
            name=op.f("ck_listings_state"),
        ),
        sa.CheckConstraint(
            "visibility in ('public', 'registered', 'masked', 'invitation')",
            name=op.f("ck_listings_visibility"),
        ),
        sa.ForeignKeyConstraint(
            ["curator_id"], ["users.id"], name=op.f("fk_listings_curator_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["users.id"], name=op.f("fk_listings_entered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["live_version_id"],
            ["listing_versions.id"],
            name=op.f("fk_listings_live_version_id_listing_versions"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_listings_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_user_id"], ["users.id"], name=op.f("fk_listings_owner_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_listings_reviewer_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["working_version_id"],
            ["listing_versions.id"],
            name=op.f("fk_listings_working_version_id_listing_versions"),
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("ref", name=op.f("uq_listings_ref")),
        sa.UniqueConstraint("tracking_code", name=op.f("uq_listings_tracking_code")),
    )
    op.create_index("ix_listings_lookup", "listings", ["kind", "state", "visibility"], unique=False)
    op.create_index(
        op.f("ix_listings_organisation_id"), "listings", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_listings_owner_user_id"), "listings", ["owner_user_id"], unique=False)
    op.create_index(op.f("ix_listings_reviewer_id"), "listings", ["reviewer_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role in ('member', 'admin')", name=op.f("ck_memberships_role")),
        sa.CheckConstraint(
            "state in ('asked', 'active', 'ended')", name=op.f("ck_memberships_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_memberships_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "organisation_id", name=op.f("uq_memberships_user_id")),
    )
    op.create_index(
        op.f("ix_memberships_organisation_id"), "memberships", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "synonym_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("spellings", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("start", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_synonym_groups_changed_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_groups")),
        sa.UniqueConstraint("key", name=op.f("uq_synonym_groups_key")),
    )
    op.create_index(op.f("ix_synonym_groups_start"), "synonym_groups", ["start"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("deck", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "level in ('public', 'registered', 'contact', 'confidential', 'staff')",
            name=op.f("ck_attachments_level"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_attachments_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_attachments_uploaded_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("key", name=op.f("uq_attachments_key")),
    )
    op.create_index(op.f("ix_attachments_listing_id"), "attachments", ["listing_id"], unique=False)
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_changes_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_listing_id"), "changes", ["listing_id"], unique=False)
    op.create_index(op.f("ix_changes_matched_at"), "changes", ["matched_at"], unique=False)
    op.create_table(
        "distinctions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("low_id", sa.Integer(), nullable=False),
        sa.Column("high_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_distinctions_order")),
        sa.CheckConstraint("side in ('owner', 'desk')", name=op.f("ck_distinctions_side")),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_distinctions_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["high_id"], ["listings.id"], name=op.f("fk_distinctions_high_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["low_id"], ["listings.id"], name=op.f("fk_distinctions_low_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinctions")),
        sa.UniqueConstraint("low_id", "high_id", "side", name=op.f("uq_distinctions_low_id")),
    )
    op.create_index(op.f("ix_distinctions_high_id"), "distinctions", ["high_id"], unique=False)
    op.create_index(op.f("ix_distinctions_low_id"), "distinctions", ["low_id"], unique=False)
    op.create_table(
        "listing_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("checklist", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_listing_events_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_events_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_events")),
    )
    op.create_index(
        op.f("ix_listing_events_listing_id"), "listing_events", ["listing_id"], unique=False
    )
    op.create_table(
        "listing_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("first_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_listing_versions_created_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_versions_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_versions")),
        sa.UniqueConstraint("listing_id", "number", name=op.f("uq_listing_versions_listing_id")),
    )
    op.create_index(
        op.f("ix_listing_versions_listing_id"), "listing_versions", ["listing_id"], unique=False
    )
    op.create_table(
        "matches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("pair_type", sa.String(length=20), nullable=False),
        sa.Column("a_id", sa.Integer(), nullable=False),
        sa.Column("b_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("score_ab", sa.Float(), nullable=False),
        sa.Column("score_ba", sa.Float(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("ranker", sa.String(length=40), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("b_first", sa.Boolean(), nullable=False),
        sa.Column("known_to_first", sa.Boolean(), nullable=False),
        sa.Column("known_to_second", sa.Boolean(), nullable=False),
        sa.Column("curator_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("introduced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint("level in ('strong', 'good', 'weak')", name=op.f("ck_matches_level")),
        sa.CheckConstraint(
            "origin in ('engine', 'eoi', 'curator')", name=op.f("ck_matches_origin")
        ),
        sa.CheckConstraint(
            "pair_type in ('need-offer', 'need-expert', 'idea-mentor', 'startup-mentor', 'startup-investor', 'startup-offer', 'startup-support', 'idea-support', 'offer-investor')",
            name=op.f("ck_matches_pair_type"),
        ),
        sa.CheckConstraint(
            "state in ('suggested', 'kept', 'later', 'dismissed', 'proposed_to_first', 'first_accepted', 'proposed_to_second', 'both_accepted', 'introduced', 'in_contact', 'negotiating', 'agreement_claimed', 'agreement_verified', 'followed_6m', 'followed_12m', 'closed', 'declined', 'lapsed', 'failed')",
            name=op.f("ck_matches_state"),
        ),
        sa.ForeignKeyConstraint(["a_id"], ["listings.id"], name=op.f("fk_matches_a_id_listings")),
        sa.ForeignKeyConstraint(["b_id"], ["listings.id"], name=op.f("fk_matches_b_id_listings")),
        sa.ForeignKeyConstraint(
            ["curator_id"], ["users.id"], name=op.f("fk_matches_curator_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
        sa.UniqueConstraint("key", name=op.f("uq_matches_key")),
        sa.UniqueConstraint("pair_type", "a_id", "b_id", name=op.f("uq_matches_pair_type")),
    )
    op.create_index(op.f("ix_matches_a_id"), "matches", ["a_id"], unique=False)
    op.create_index(op.f("ix_matches_b_id"), "matches", ["b_id"], unique=False)
    op.create_index(op.f("ix_matches_curator_id"), "matches", ["curator_id"], unique=False)
    op.create_index("ix_matches_queue", "matches", ["state", "due_at"], unique=False)
    op.create_table(
        "ranker_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pair_type", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("encoder", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=20), nullable=False),
        sa.Column("verdicts", sa.Integer(), nullable=False),
        sa.Column("last_verdict_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "pair_type in ('need-offer', 'need-expert', 'idea-mentor', 'startup-mentor', 'startup-investor', 'startup-offer', 'startup-support', 'idea-support', 'offer-investor')",
            name=op.f("ck_ranker_versions_pair_type"),
        ),
        sa.CheckConstraint(
            "state in ('candidate', 'active', 'retired')", name=op.f("ck_ranker_versions_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranker_versions")),
        sa.UniqueConstraint("pair_type", "number", name=op.f("uq_ranker_versions_pair_type")),
    )
    op.create_index(
        "ix_ranker_versions_active",
        "ranker_versions",
        ["pair_type"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("match_id", sa.Integer(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_one_time_links_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["matches.id"], name=op.f("fk_one_time_links_match_id_matches")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_links_token_hash")),
    )
    op.create_index(
        op.f("ix_one_time_links_listing_id"), "one_time_links", ["listing_id"], unique=False
    )
    op.create_index(
        op.f("ix_one_time_links_match_id"), "one_time_links", ["match_id"], unique=False
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"], unique=False)
    op.create_table(
        "listing_contents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "level in ('public', 'registered', 'contact', 'confidential', 'staff', 'typed')",
            name=op.f("ck_listing_contents_level"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["listing_versions.id"],
            name=op.f("fk_listing_contents_version_id_listing_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_contents")),
        sa.UniqueConstraint("version_id", "level", name=op.f("uq_listing_contents_version_id")),
    )
    op.create_index(
        op.f("ix_listing_contents_version_id"), "listing_contents", ["version_id"], unique=False
    )
    op.create_table(
        "match_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_match_events_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["matches.id"], name=op.f("fk_match_events_match_id_matches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_events")),
    )
    op.create_index(op.f("ix_match_events_match_id"), "match_events", ["match_id"], unique=False)
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("frequency", sa.String(length=8), nullable=False),
        sa.Column("after_change", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digested_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "frequency in ('weekly', 'daily', 'site')", name=op.f("ck_saved_searches_frequency")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("key", name=op.f("uq_saved_searches_key")),
    )
    op.create_index(
        "ix_saved_searches_due", "saved_searches", ["frequency", "digested_at"], unique=False
    )
    op.create_index(op.f("ix_saved_searches_user_id"), "saved_searches", ["user_id"], unique=False)
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_saved_search_hits_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["search_id"],
            ["saved_searches.id"],
            name=op.f("fk_saved_search_hits_search_id_saved_searches"),
        ),
        sa.PrimaryKeyConstraint("search_id", "listing_id", name=op.f("pk_saved_search_hits")),
    )
    op.create_index(
        op.f("ix_saved_search_hits_listing_id"), "saved_search_hits", ["listing_id"], unique=False
    )
    op.create_table(
        "compared_listings",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_compared_listings_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_compared_listings")),
    )

    op.create_table(
        "order_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("need_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('draft')", name=op.f("ck_order_drafts_state")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_order_drafts_made_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["need_id"], ["listings.id"], name=op.f("fk_order_drafts_need_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_drafts")),
        sa.UniqueConstraint("key", name=op.f("uq_order_drafts_key")),
        sa.UniqueConstraint("need_id", name=op.f("uq_order_drafts_need_id")),
    )
    op.create_table(
        "deals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("match_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_side", sa.String(length=1), nullable=False),
        sa.Column("pause_reason", sa.String(length=30), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_side", sa.String(length=1), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(paused_at is null) = (paused_side = '')", name=op.f("ck_deals_paused_by_a_side")
        ),
        sa.CheckConstraint("called_side in ('', 'a', 'b')", name=op.f("ck_deals_called_side")),
        sa.CheckConstraint(
            "pause_reason in ('', 'season', 'capital', 'approval', 'trial_result', 'paperwork', 'busy')",
            name=op.f("ck_deals_pause_reason"),
        ),
        sa.CheckConstraint("paused_side in ('', 'a', 'b')", name=op.f("ck_deals_paused_side")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["matches.id"], name=op.f("fk_deals_match_id_matches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("key", name=op.f("uq_deals_key")),
        sa.UniqueConstraint("match_id", name=op.f("uq_deals_match_id")),
    )
    op.create_index(op.f("ix_deals_moved_at"), "deals", ["moved_at"], unique=False)
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("province_a", sa.String(length=10), nullable=False),
        sa.Column("province_b", sa.String(length=10), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("claimed_side", sa.String(length=1), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("confirmed_a_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_a_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_b_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_b_by_id", sa.Integer(), nullable=True),
        sa.Column("dispute_reason", sa.String(length=30), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_how", sa.String(length=10), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(verified_at is null) = (verified_how = '')", name=op.f("ck_agreements_verified")
        ),
        sa.CheckConstraint("claimed_side in ('a', 'b')", name=op.f("ck_agreements_claimed_side")),
        sa.CheckConstraint(
            "form in ('assignment', 'exclusive_licence', 'licence', 'joint_venture', 'rd', 'technical_service', 'consulting', 'equipment', 'pilot', 'other')",
            name=op.f("ck_agreements_form"),
        ),
        sa.CheckConstraint(
            "verified_how <> 'both' or (confirmed_a_at is not null and confirmed_b_at is not null)",
            name=op.f("ck_agreements_both_confirmed"),
        ),
        sa.CheckConstraint(
            "verified_how <> 'document' or (verified_by_id is not null and verified_by_id <> claimed_by_id)",
            name=op.f("ck_agreements_four_eyes"),
        ),
        sa.CheckConstraint(
            "verified_how in ('', 'both', 'document')", name=op.f("ck_agreements_verified_how")
        ),
        sa.CheckConstraint(
            "confirmed_a_by_id is null or confirmed_b_by_id is null or confirmed_a_by_id <> confirmed_b_by_id",
            name=op.f("ck_agreements_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"], ["users.id"], name=op.f("fk_agreements_claimed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_a_by_id"], ["users.id"], name=op.f("fk_agreements_confirmed_a_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_b_by_id"], ["users.id"], name=op.f("fk_agreements_confirmed_b_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_agreements_deal_id_deals")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f("fk_agreements_verified_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("deal_id", name=op.f("uq_agreements_deal_id")),
        sa.UniqueConstraint("key", name=op.f("uq_agreements_key")),
    )
    op.create_index(
        "ix_agreements_signed", "agreements", ["verified_at", "signed_on"], unique=False
    )
    op.create_table(
        "duty_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("list_version", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side in ('a', 'b')", name=op.f("ck_duty_checks_side")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_duty_checks_answered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_duty_checks_deal_id_deals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_checks")),
    )
    op.create_index(op.f("ix_duty_checks_deal_id"), "duty_checks", ["deal_id"], unique=False)
    op.create_table(
        "milestones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("noted_side", sa.String(length=1), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_channel", sa.String(length=10), nullable=False),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind in ('contact', 'meeting', 'visit', 'trial', 'offer', 'draft', 'signed')",
            name=op.f("ck_milestones_kind"),
        ),
        sa.CheckConstraint("noted_side in ('a', 'b')", name=op.f("ck_milestones_noted_side")),
        sa.CheckConstraint(
            "confirmed_by_id is null or confirmed_by_id <> noted_by_id",
            name=op.f("ck_milestones_confirmed_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_milestones_confirmed_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_milestones_deal_id_deals")
        ),
        sa.ForeignKeyConstraint(
            ["noted_by_id"], ["users.id"], name=op.f("fk_milestones_noted_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("key", name=op.f("uq_milestones_key")),
    )
    op.create_index(op.f("ix_milestones_deal_id"), "milestones", ["deal_id"], unique=False)
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("answered_side", sa.String(length=1), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answered_side in ('', 'a', 'b')", name=op.f("ck_follow_ups_answered_side")
        ),
        sa.CheckConstraint("month in (6, 12)", name=op.f("ck_follow_ups_month")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_follow_ups_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_follow_ups_answered_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint("agreement_id", "month", name=op.f("uq_follow_ups_agreement_id")),
    )
    op.create_index(
        op.f("ix_follow_ups_agreement_id"), "follow_ups", ["agreement_id"], unique=False
    )
    op.create_index("ix_follow_ups_due", "follow_ups", ["answered_at", "due_on"], unique=False)
    op.create_table(
        "proofs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side in ('a', 'b')", name=op.f("ck_proofs_side")),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreements.id"], name=op.f("fk_proofs_agreement_id_agreements")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_proofs_uploaded_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("key", name=op.f("uq_proofs_key")),
    )
    op.create_index(op.f("ix_proofs_agreement_id"), "proofs", ["agreement_id"], unique=False)
    op.create_table(
        "access_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("standing", sa.String(length=60), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("unmarked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("nda_version", sa.String(length=20), nullable=False),
        sa.Column("nda", sa.JSON(), nullable=False),
        sa.Column("nda_sha256", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_name", sa.JSON(), nullable=False),
        sa.Column("accepted_ip", sa.JSON(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state <> 'granted' or expires_at is not null",
            name=op.f("ck_access_requests_granted_until"),
        ),
        sa.CheckConstraint(
            "state <> 'granted' or nda_sha256 <> ''",
            name=op.f("ck_access_requests_granted_on_a_promise"),
        ),
        sa.CheckConstraint(
            "state in ('requested', 'denied', 'nda_sent', 'nda_accepted', 'granted', 'expired', 'revoked', 'withdrawn', 'lapsed')",
            name=op.f("ck_access_requests_state"),
        ),
        sa.CheckConstraint("days between 1 and 30", name=op.f("ck_access_requests_days")),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["users.id"], name=op.f("fk_access_requests_asker_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachments.id"],
            name=op.f("fk_access_requests_attachment_id_attachments"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_access_requests_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_access_requests_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_access_requests_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_access_requests_key")),
        sa.UniqueConstraint("standing", name=op.f("uq_access_requests_standing")),
    )
    op.create_index(
        op.f("ix_access_requests_asker_id"), "access_requests", ["asker_id"], unique=False
    )
    op.create_index(
        "ix_access_requests_clock", "access_requests", ["state", "expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_access_requests_listing_id"), "access_requests", ["listing_id"], unique=False
    )
    op.create_table(
        "access_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_access_views_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["access_requests.id"],
            name=op.f("fk_access_views_request_id_access_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_views")),
    )
    op.create_index(
        op.f("ix_access_views_request_id"), "access_views", ["request_id"], unique=False
    )
    op.create_table(
        "service_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=30), nullable=False),
        sa.Column("catalogue_version", sa.String(length=20), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("match_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("curator_id", sa.Integer(), nullable=True),
        sa.Column("quote", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("referred_id", sa.Integer(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_words", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days_left", sa.Integer(), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'rated') = (rating is not null)", name=op.f("ck_service_requests_rated")
        ),
        sa.CheckConstraint(
            "(state = 'referred') = (referred_id is not null)",
            name=op.f("ck_service_requests_referred"),
        ),
        sa.CheckConstraint(
            "reason in ('', 'not_ours', 'too_little', 'no_capacity', 'not_lawful', 'asked_before', 'no_answer')",
            name=op.f("ck_service_requests_reason"),
        ),
        sa.CheckConstraint(
            "state in ('new', 'triaged', 'assigned', 'quoted', 'agreed', 'in_progress', 'waiting_client', 'delivered', 'confirmed', 'rated', 'refused', 'referred', 'cancelled')",
            name=op.f("ck_service_requests_state"),
        ),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_service_requests_rating")),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["users.id"], name=op.f("fk_service_requests_asker_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["curator_id"], ["users.id"], name=op.f("fk_service_requests_curator_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_service_requests_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["matches.id"], name=op.f("fk_service_requests_match_id_matches")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_service_requests_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["referred_id"], ["listings.id"], name=op.f("fk_service_requests_referred_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_requests")),
        sa.UniqueConstraint("key", name=op.f("uq_service_requests_key")),
    )
    op.create_index(
        op.f("ix_service_requests_asker_id"), "service_requests", ["asker_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_requests_curator_id"), "service_requests", ["curator_id"], unique=False
    )
    op.create_index(
        "ix_service_requests_queue", "service_requests", ["state", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_service_requests_requested_at"), "service_requests", ["requested_at"], unique=False
    )
    op.create_table(
        "service_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_service_events_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["service_requests.id"],
            name=op.f("fk_service_events_request_id_service_requests"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_events")),
    )
    op.create_index(
        op.f("ix_service_events_request_id"), "service_events", ["request_id"], unique=False
    )
    op.create_table(
        "mentorships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "reason in ('', 'too_vague', 'not_mentoring', 'not_ready', 'asked_before', 'nobody')",
            name=op.f("ck_mentorships_reason"),
        ),
        sa.CheckConstraint(
            "state in ('requested', 'checked', 'offered', 'pending_manual', 'accepted', 'scheduled', 'held', 'no_show', 'noted', 'closed', 'refused', 'cancelled')",
            name=op.f("ck_mentorships_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["users.id"], name=op.f("fk_mentorships_asker_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_mentorships_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["listings.id"], name=op.f("fk_mentorships_mentor_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_mentorships_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentorships")),
        sa.UniqueConstraint("key", name=op.f("uq_mentorships_key")),
    )
    op.create_index(op.f("ix_mentorships_asker_id"), "mentorships", ["asker_id"], unique=False)
    op.create_index(op.f("ix_mentorships_listing_id"), "mentorships", ["listing_id"], unique=False)
    op.create_index(op.f("ix_mentorships_mentor_id"), "mentorships", ["mentor_id"], unique=False)
    op.create_index("ix_mentorships_queue", "mentorships", ["state", "due_at"], unique=False)
    op.create_index(
        op.f("ix_mentorships_requested_at"), "mentorships", ["requested_at"], unique=False
    )
    op.create_table(
        "mentor_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mentorship_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answer in ('', 'asked', 'accepted', 'declined', 'skipped', 'passed')",
            name=op.f("ck_mentor_wishes_answer"),
        ),
        sa.CheckConstraint(
            "reason in ('', 'busy', 'not_mine', 'too_early', 'unclear', 'conflict', 'gone', 'own', 'full')",
            name=op.f("ck_mentor_wishes_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["listings.id"], name=op.f("fk_mentor_wishes_mentor_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_mentor_wishes_mentorship_id_mentorships"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_wishes")),
        sa.UniqueConstraint("mentorship_id", "mentor_id", name="uq_mentor_wishes_mentor"),
        sa.UniqueConstraint("mentorship_id", "rank", name=op.f("uq_mentor_wishes_mentorship_id")),
    )
    op.create_index(
        op.f("ix_mentor_wishes_mentor_id"), "mentor_wishes", ["mentor_id"], unique=False
    )
    op.create_table(
        "mentor_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mode in ('online', 'in_person')", name=op.f("ck_mentor_slots_mode")),
        sa.CheckConstraint("minutes between 5 and 720", name=op.f("ck_mentor_slots_minutes")),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["listings.id"], name=op.f("fk_mentor_slots_mentor_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentor_slots")),
        sa.UniqueConstraint("key", name=op.f("uq_mentor_slots_key")),
        sa.UniqueConstraint("mentor_id", "starts_at", name=op.f("uq_mentor_slots_mentor_id")),
    )
    op.create_index(op.f("ix_mentor_slots_starts_at"), "mentor_slots", ["starts_at"], unique=False)
    op.create_table(
        "mentoring_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("mentorship_id", sa.Integer(), nullable=False),
        sa.Column("mentor_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("minutes_held", sa.Integer(), nullable=True),
        sa.Column("absent", sa.String(length=10), nullable=False),
        sa.Column("rating_founder", sa.Integer(), nullable=True),
        sa.Column("rating_mentor", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (minutes_held is not null)", name=op.f("ck_mentoring_sessions_held")
        ),
        sa.CheckConstraint(
            "(state = 'no_show') = (absent <> '')",
            name=op.f("ck_mentoring_sessions_who_was_absent"),
        ),
        sa.CheckConstraint(
            "absent in ('', 'mentor', 'founder')", name=op.f("ck_mentoring_sessions_absent")
        ),
        sa.CheckConstraint(
            "state in ('scheduled', 'moved', 'held', 'no_show', 'cancelled')",
            name=op.f("ck_mentoring_sessions_state"),
        ),
        sa.CheckConstraint(
            "minutes_held between 5 and minutes", name=op.f("ck_mentoring_sessions_minutes_held")
        ),
        sa.CheckConstraint(
            "rating_founder between 1 and 5", name=op.f("ck_mentoring_sessions_rating_founder")
        ),
        sa.CheckConstraint(
            "rating_mentor between 1 and 5", name=op.f("ck_mentoring_sessions_rating_mentor")
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["listings.id"], name=op.f("fk_mentoring_sessions_mentor_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_mentoring_sessions_mentorship_id_mentorships"),
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"],
            ["mentor_slots.id"],
            name=op.f("fk_mentoring_sessions_slot_id_mentor_slots"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_sessions")),
        sa.UniqueConstraint("key", name=op.f("uq_mentoring_sessions_key")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_mentoring_sessions_slot_id")),
    )
    op.create_index(
        op.f("ix_mentoring_sessions_mentor_id"), "mentoring_sessions", ["mentor_id"], unique=False
    )
    op.create_index(
        op.f("ix_mentoring_sessions_mentorship_id"),
        "mentoring_sessions",
        ["mentorship_id"],
        unique=False,
    )
    op.create_index(
        "ix_mentoring_sessions_soon", "mentoring_sessions", ["state", "starts_at"], unique=False
    )
    op.create_table(
        "mentoring_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["mentoring_sessions.id"],
            name=op.f("fk_mentoring_items_session_id_mentoring_sessions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_items")),
        sa.UniqueConstraint("key", name=op.f("uq_mentoring_items_key")),
    )
    op.create_index(
        op.f("ix_mentoring_items_session_id"), "mentoring_items", ["session_id"], unique=False
    )
    op.create_table(
        "mentoring_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mentorship_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("mentor_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_mentoring_events_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["listings.id"], name=op.f("fk_mentoring_events_mentor_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["mentorship_id"],
            ["mentorships.id"],
            name=op.f("fk_mentoring_events_mentorship_id_mentorships"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_events")),
    )
    op.create_index(op.f("ix_mentoring_events_at"), "mentoring_events", ["at"], unique=False)
    op.create_index(
        op.f("ix_mentoring_events_mentorship_id"),
        "mentoring_events",
        ["mentorship_id"],
        unique=False,
    )
    op.create_table(
        "mentoring_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_mentoring_certificates_minutes")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mentoring_certificates_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentoring_certificates")),
        sa.UniqueConstraint("key", name=op.f("uq_mentoring_certificates_key")),
        sa.UniqueConstraint("year", "ordinal", name=op.f("uq_mentoring_certificates_year")),
    )
    op.create_index(
        op.f("ix_mentoring_certificates_user_id"),
        "mentoring_certificates",
        ["user_id"],
        unique=False,
    )
    op.create_table(
        "room_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answers_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state in ('', 'open')) = (answered_at is null)",
            name=op.f("ck_room_messages_answered"),
        ),
        sa.CheckConstraint("side in ('', 'a', 'b')", name=op.f("ck_room_messages_side")),
        sa.CheckConstraint(
            "state = '' or side <> ''", name=op.f("ck_room_messages_offered_by_a_side")
        ),
        sa.CheckConstraint(
            "state in ('', 'open', 'accepted', 'refused', 'countered', 'withdrawn')",
            name=op.f("ck_room_messages_state"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_room_messages_answered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["answers_id"],
            ["room_messages.id"],
            name=op.f("fk_room_messages_answers_id_room_messages"),
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_room_messages_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_room_messages_deal_id_deals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_room_messages_key")),
    )
    op.create_index("ix_room_messages_deal_id_at", "room_messages", ["deal_id", "at"], unique=False)
    op.create_table(
        "room_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.CheckConstraint("side in ('', 'a', 'b')", name=op.f("ck_room_files_side")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_room_files_deal_id_deals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_files")),
        sa.UniqueConstraint("key", name=op.f("uq_room_files_key")),
    )
    op.create_index(op.f("ix_room_files_deal_id"), "room_files", ["deal_id"], unique=False)
    op.create_table(
        "room_file_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("side in ('', 'a', 'b')", name=op.f("ck_room_file_versions_side")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["room_files.id"], name=op.f("fk_room_file_versions_file_id_room_files")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"],
            ["users.id"],
            name=op.f("fk_room_file_versions_uploaded_by_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_file_versions")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_room_file_versions_file_id")),
        sa.UniqueConstraint("key", name=op.f("uq_room_file_versions_key")),
    )
    op.create_table(
        "room_meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint("side in ('a', 'b')", name=op.f("ck_room_meetings_side")),
        sa.CheckConstraint(
            "state in ('proposed', 'agreed', 'declined', 'cancelled', 'held')",
            name=op.f("ck_room_meetings_state"),
        ),
        sa.CheckConstraint("minutes between 5 and 720", name=op.f("ck_room_meetings_minutes")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_room_meetings_deal_id_deals")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_room_meetings_proposed_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_meetings")),
        sa.UniqueConstraint("key", name=op.f("uq_room_meetings_key")),
    )
    op.create_index(op.f("ix_room_meetings_deal_id"), "room_meetings", ["deal_id"], unique=False)
    op.create_index("ix_room_meetings_soon", "room_meetings", ["state", "starts_at"], unique=False)
    op.create_table(
        "room_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side in ('a', 'b')", name=op.f("ck_room_tasks_side")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_room_tasks_deal_id_deals")
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["users.id"], name=op.f("fk_room_tasks_done_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_room_tasks_made_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_room_tasks_key")),
    )
    op.create_index(op.f("ix_room_tasks_deal_id"), "room_tasks", ["deal_id"], unique=False)
    op.create_index("ix_room_tasks_due", "room_tasks", ["done_at", "due_on"], unique=False)
    op.create_table(
        "room_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=1), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("side in ('a', 'b')", name=op.f("ck_room_readings_side")),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_room_readings_deal_id_deals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_readings")),
        sa.UniqueConstraint("deal_id", "side", name=op.f("uq_room_readings_deal_id")),
    )
    op.create_table(
        "investor_cards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("investor_id", sa.Integer(), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("parked_until", sa.Date(), nullable=True),
        sa.Column("deal_id", sa.Integer(), nullable=True),
        sa.Column("next_step", sa.JSON(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(stage = 'parked') = (parked_until is not null)",
            name=op.f("ck_investor_cards_parked_until"),
        ),
        sa.CheckConstraint(
            "stage <> 'invested' or deal_id is not null",
            name=op.f("ck_investor_cards_invested_by_a_deal"),
        ),
        sa.CheckConstraint(
            "stage in ('seen', 'interested', 'met', 'diligence', 'offered', 'invested', 'parked', 'passed')",
            name=op.f("ck_investor_cards_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_investor_cards_added_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["deals.id"], name=op.f("fk_investor_cards_deal_id_deals")
        ),
        sa.ForeignKeyConstraint(
            ["investor_id"], ["listings.id"], name=op.f("fk_investor_cards_investor_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_investor_cards_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_investor_cards")),
        sa.UniqueConstraint(
            "investor_id", "listing_id", name=op.f("uq_investor_cards_investor_id")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_investor_cards_key")),
    )
    op.create_index(
        op.f("ix_investor_cards_investor_id"), "investor_cards", ["investor_id"], unique=False
    )
    op.create_index(
        op.f("ix_investor_cards_listing_id"), "investor_cards", ["listing_id"], unique=False
    )
    op.create_table(
        "card_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_card_notes_by_id_users")),
        sa.ForeignKeyConstraint(
            ["card_id"], ["investor_cards.id"], name=op.f("fk_card_notes_card_id_investor_cards")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_notes")),
    )
    op.create_index(op.f("ix_card_notes_card_id"), "card_notes", ["card_id"], unique=False)
    op.create_table(
        "co_investments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("standing", sa.String(length=60), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('asked', 'refused', 'invited', 'declined', 'together', 'left', 'withdrawn')",
            name=op.f("ck_co_investments_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["users.id"], name=op.f("fk_co_investments_asked_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["card_id"],
            ["investor_cards.id"],
            name=op.f("fk_co_investments_card_id_investor_cards"),
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["listings.id"], name=op.f("fk_co_investments_to_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_investments")),
        sa.UniqueConstraint("key", name=op.f("uq_co_investments_key")),
        sa.UniqueConstraint("standing", name=op.f("uq_co_investments_standing")),
    )
    op.create_index(op.f("ix_co_investments_card_id"), "co_investments", ["card_id"], unique=False)
    op.create_index(op.f("ix_co_investments_to_id"), "co_investments", ["to_id"], unique=False)
    op.create_table(
        "deck_offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("standing", sa.String(length=60), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('offered', 'taken', 'declined', 'withdrawn')",
            name=op.f("ck_deck_offers_state"),
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_deck_offers_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["users.id"], name=op.f("fk_deck_offers_offered_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["listings.id"], name=op.f("fk_deck_offers_to_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deck_offers")),
        sa.UniqueConstraint("key", name=op.f("uq_deck_offers_key")),
        sa.UniqueConstraint("standing", name=op.f("uq_deck_offers_standing")),
    )
    op.create_index(op.f("ix_deck_offers_listing_id"), "deck_offers", ["listing_id"], unique=False)
    op.create_index("ix_deck_offers_to", "deck_offers", ["to_id", "state"], unique=False)
    op.create_table(
        "teasers",
        sa.Column("listing_id", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=True),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("note_by_id", sa.Integer(), nullable=True),
        sa.Column("note_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_teasers_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["note_by_id"], ["users.id"], name=op.f("fk_teasers_note_by_id_users")
        ),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_teasers")),
    )
    # ### end Alembic commands ###

    # By hand: these two tables point at each other. SQLite took the constraints with the table;
    # others take them now that both tables are there.
    if op.get_context().dialect.name != "sqlite":
        for column in ("live_version_id", "working_version_id"):
            op.create_foreign_key(
                f"fk_listings_{column}_listing_versions",
                "listings",
                "listing_versions",
                [column],
                ["id"],
            )
    op.create_table(
        "clinic_receipts",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clinic_receipts")),
    )
    op.create_index(op.f("ix_clinic_receipts_at"), "clinic_receipts", ["at"], unique=False)
    op.create_table(
        "clinic_ideas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("founder_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listing_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("lock", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'profiled', 'closed', 'withdrawn')",
            name=op.f("ck_clinic_ideas_state"),
        ),
        sa.CheckConstraint(
            "state not in ('closed', 'withdrawn') or asked_at is null",
            name=op.f("ck_clinic_ideas_quiet"),
        ),
        sa.CheckConstraint(
            "(asked_at is null) = (due_at is null)", name=op.f("ck_clinic_ideas_due")
        ),
        sa.ForeignKeyConstraint(
            ["coach_id"], ["users.id"], name=op.f("fk_clinic_ideas_coach_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["users.id"], name=op.f("fk_clinic_ideas_founder_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_clinic_ideas_listing_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_ideas")),
        sa.UniqueConstraint("key", name=op.f("uq_clinic_ideas_key")),
    )
    op.create_index(op.f("ix_clinic_ideas_coach_id"), "clinic_ideas", ["coach_id"], unique=False)
    op.create_index(
        op.f("ix_clinic_ideas_founder_id"), "clinic_ideas", ["founder_id"], unique=False
    )
    op.create_index("ix_clinic_ideas_queue", "clinic_ideas", ["due_at", "coach_id"], unique=False)
    op.create_table(
        "clinic_readers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("let_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["clinic_ideas.id"], name=op.f("fk_clinic_readers_idea_id_clinic_ideas")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_clinic_readers_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_readers")),
    )
    op.create_index(op.f("ix_clinic_readers_idea_id"), "clinic_readers", ["idea_id"], unique=False)
    op.create_index(op.f("ix_clinic_readers_user_id"), "clinic_readers", ["user_id"], unique=False)
    op.create_table(
        "clinic_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.Column("advised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("advised_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('writing', 'asked', 'more', 'good')", name=op.f("ck_clinic_steps_state")
        ),
        sa.CheckConstraint(
            "step in ('problem', 'people', 'solution', 'novelty', 'test', 'team', 'help')",
            name=op.f("ck_clinic_steps_step"),
        ),
        sa.ForeignKeyConstraint(
            ["advised_by_id"], ["users.id"], name=op.f("fk_clinic_steps_advised_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["clinic_ideas.id"], name=op.f("fk_clinic_steps_idea_id_clinic_ideas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_steps")),
        sa.UniqueConstraint("idea_id", "step", name="uq_clinic_steps_step"),
    )
    op.create_table(
        "clinic_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("receipt_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["clinic_ideas.id"], name=op.f("fk_clinic_versions_idea_id_clinic_ideas")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_number"],
            ["clinic_receipts.number"],
            name=op.f("fk_clinic_versions_receipt_number_clinic_receipts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_versions")),
        sa.UniqueConstraint("idea_id", "number", name="uq_clinic_versions_number"),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_clinic_versions_receipt_number")),
    )
    op.create_table(
        "clinic_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_clinic_views_actor_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["idea_id"], ["clinic_ideas.id"], name=op.f("fk_clinic_views_idea_id_clinic_ideas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_views")),
    )
    op.create_index(op.f("ix_clinic_views_idea_id"), "clinic_views", ["idea_id"], unique=False)


def downgrade():
    op.drop_table("clinic_versions")
    op.drop_table("clinic_receipts")
    op.drop_table("clinic_views")
    op.drop_table("clinic_readers")
    op.drop_table("clinic_steps")
    op.drop_table("clinic_ideas")
    # By hand: loosen the circle first. Indexes go with their tables.
    op.execute("UPDATE listings SET live_version_id = NULL, working_version_id = NULL")
    if op.get_context().dialect.name != "sqlite":
        for column in ("live_version_id", "working_version_id"):
            op.drop_constraint(f"fk_listings_{column}_listing_versions", "listings")
    op.drop_table("teasers")
    op.drop_table("deck_offers")
    op.drop_table("co_investments")
    op.drop_table("card_notes")
    op.drop_table("investor_cards")
    op.drop_table("room_readings")
    op.drop_table("room_tasks")
    op.drop_table("room_meetings")
    op.drop_table("room_file_versions")
    op.drop_table("room_files")
    op.drop_table("room_messages")
    op.drop_table("mentoring_certificates")
    op.drop_table("mentoring_events")
    op.drop_table("mentoring_items")
    op.drop_table("mentoring_sessions")
    op.drop_table("mentor_slots")
    op.drop_table("mentor_wishes")
    op.drop_table("mentorships")
    op.drop_table("service_events")
    op.drop_table("service_requests")
    op.drop_table("access_views")
    op.drop_table("access_requests")
    op.drop_table("follow_ups")
    op.drop_table("proofs")
    op.drop_table("duty_checks")
    op.drop_table("milestones")
    op.drop_table("agreements")
    op.drop_table("deals")
    op.drop_table("order_drafts")
    op.drop_table("compared_listings")
    op.drop_table("saved_search_hits")
    op.drop_table("saved_searches")
    op.drop_table("ranker_versions")
    op.drop_table("match_events")
    op.drop_table("listing_contents")
    op.drop_table("one_time_links")
    op.drop_table("matches")
    op.drop_table("listing_versions")
    op.drop_table("distinctions")
    op.drop_table("listing_events")
    op.drop_table("changes")
    op.drop_table("attachments")
    op.drop_table("synonym_groups")
    op.drop_table("memberships")
    op.drop_table("listings")
    op.drop_table("interests")
    op.drop_table("imports")
    op.drop_table("organisations")
    op.drop_table("login_sessions")
    op.drop_table("audit")
    op.drop_index("ix_notices_inbox", table_name="notices")
    op.drop_index("ix_notices_due", table_name="notices")
    op.drop_table("notices")
    op.drop_table("users")
    op.drop_table("terms")
    op.drop_table("references")
    op.drop_table("old_places")
    op.drop_table("mails")
    op.drop_table("installation")
    op.drop_table("attempts")
