package campaigndb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"switchboard/store/templatedb"
)

const selectApprovals = `
SELECT template_id, language, content_sid, approval, approval_reason FROM message_template_text
WHERE template_id = ANY($1::uuid[]) AND content_sid IS NOT NULL`

// ReadApprovals brings up to date which texts of a campaign that was started its
// provider still sends. What was not approved at the start stays left out.
func (s *Store) ReadApprovals(ctx context.Context, f *Content) error {
	var ids []string
	for _, w := range f.Wordings {
		if w.Template != uuid.Nil {
			ids = append(ids, w.Template.String())
		}
	}
	var now []templatedb.TemplateText
	if err := sqlx.SelectContext(ctx, s.SQL, &now, selectApprovals, pq.Array(ids)); err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	for _, is := range now {
		for _, w := range f.Wordings {
			for i := range w.Texts {
				was := &w.Texts[i]
				if w.Template == is.Template && was.ContentSID != nil && *was.ContentSID == *is.ContentSID && !was.Unapproved() {
					was.Approval, was.Reason = is.Approval, is.Reason
				}
			}
		}
	}
	return nil
}
