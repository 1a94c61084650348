"""Participants and their results are visible to themselves, trainers, planners and chiefs only."""

from alembic import op

from migrations import row_level_security as rls

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

TRAINEES = "coalesce(current_setting('ecrime.trainees', true), '')"
TAUGHT = (
    "EXISTS (SELECT 1 FROM course_session s WHERE s.id = participant.session_id"
    f" AND {rls.USER} IN (s.trainer_id::text, s.second_trainer_id::text, s.third_trainer_id::text))"
)
SEES_PARTICIPANT = (
    f"{TRAINEES} = 'all' OR {rls.of_own_user('participant')} OR {TAUGHT}"
    f" OR ({TRAINEES} = 'below' AND ({rls.of_units_below('participant.unit_code')}))"
)
SEES_SITTING = "EXISTS (SELECT 1 FROM participant p WHERE p.id = sitting.participant_id)"
SEES_ANSWER = "EXISTS (SELECT 1 FROM sitting s WHERE s.id = test_answer.sitting_id)"
POLICIES = {"participant": SEES_PARTICIPANT, "sitting": SEES_SITTING, "test_answer": SEES_ANSWER}


def upgrade():
    for table, condition in POLICIES.items():
        rls.protect_table(op, table, condition, addable=condition)


def downgrade():
    for table in POLICIES:
        rls.unprotect_table(op, table)
