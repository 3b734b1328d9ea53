package api

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"switchboard/store/assigndb"
)

const (
	maxAssignmentRules = 20
	maxBuckets         = 50
	maxPriority        = 1_000_000
)

// assignmentInput: {"assignment_rules": [{"after": 0, "skills": "exact", "method": "round_robin"}], "age_priority": 60}
type assignmentInput struct {
	Priority    *int                       `json:"priority"`
	Rules       *[]assigndb.AssignmentRule `json:"assignment_rules"`
	Buckets     *[]assigndb.Bucket         `json:"buckets"`
	AgePriority *int                       `json:"age_priority"`
	AgeBucket   *int                       `json:"age_bucket"`
}

// apply puts the given fields into a. What a rule or bucket leaves out is the usual.
func (in assignmentInput) apply(a *assigndb.Assignment) {
	set(&a.Priority, in.Priority)
	set(&a.AgePriority, in.AgePriority)
	set(&a.AgeBucket, in.AgeBucket)
	if in.Rules != nil {
		a.Rules = assigndb.AssignmentRules{}
		for _, r := range *in.Rules {
			if r.Skills == "" {
				r.Skills = assigndb.SkillsExact
			}
			if r.Method == "" {
				r.Method = assigndb.HighestCapacity
			}
			a.Rules = append(a.Rules, r)
		}
	}
	if in.Buckets != nil {
		a.Buckets = assigndb.Buckets{}
		for _, b := range *in.Buckets {
			if b.Order == "" {
				b.Order = "priority"
			}
			a.Buckets = append(a.Buckets, b)
		}
	}
}

func checkAssignment(k *checks, a assigndb.Assignment) {
	k.number("priority", a.Priority, 0, maxPriority)
	k.number("age_priority", a.AgePriority, 0, yearSeconds)
	k.number("age_bucket", a.AgeBucket, 0, yearSeconds)
	if len(a.Rules) > maxAssignmentRules {
		k.add("assignment_rules", fmt.Sprintf("must have at most %d", maxAssignmentRules))
	}
	for i, r := range a.Rules {
		at := fmt.Sprintf("assignment_rules[%d].", i)
		k.number(at+"after", r.After, 0, yearSeconds)
		k.oneOf(at+"skills", r.Skills, assigndb.SkillsExact, assigndb.SkillsClosest, assigndb.SkillsNone)
		k.oneOf(at+"method", r.Method, assigndb.HighestCapacity, assigndb.RoundRobin, assigndb.LeastActive, assigndb.MostIdle, assigndb.Proficiency)
		if i == 0 && r.After != 0 {
			k.add(at+"after", "must be 0: nobody could be asked before")
		}
		if i > 0 && r.After < a.Rules[i-1].After {
			k.add(at+"after", "must not be less than that of the rule before")
		}
	}
	if len(a.Buckets) > maxBuckets {
		k.add("buckets", fmt.Sprintf("must have at most %d", maxBuckets))
	}
	for i, b := range a.Buckets {
		at := fmt.Sprintf("buckets[%d].", i)
		k.text(at+"name", b.Name, 1, 100)
		k.oneOf(at+"order", b.Order, "priority", "oldest", "newest")
		if b.PriorityUpTo != nil {
			k.number(at+"priority_up_to", *b.PriorityUpTo, 0, maxPriority)
		}
		if len(b.Workstreams)+len(b.Channels)+len(b.Skills) > 100 {
			k.add(at+"name", "must not list more than 100 workstreams, channels and skills")
		}
	}
}

// listAssignments tells why a conversation was offered to whom, and to whom it
// could be now.
func (s *server) listAssignments(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	list, err := s.Store.Assignment.Assignments(ctx, conv.ID)
	if err != nil {
		return err
	}
	out := struct {
		Assignments []assigndb.AssignmentDecision `json:"assignments"`
		Now         *assigndb.AssignmentDecision  `json:"now"` // null: it does not wait
	}{Assignments: list}
	if conv.State == "open" && !conv.OfferID.Valid {
		now, err := s.Store.Assignment.Candidates(ctx, conv.ID)
		if err != nil {
			return err
		}
		out.Now = &now
	}
	return c.JSON(http.StatusOK, out)
}

// preferredInput: {"agent_ids": ["…"], "only": true}
type preferredInput struct {
	Agents []uuid.UUID `json:"agent_ids"`
	Only   bool        `json:"only"` // nobody else is asked
}

func (s *server) getPreferred(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	p, err := s.Store.Assignment.PreferredAgents(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, preferredInput(p))
}

func (s *server) setPreferred(c echo.Context) error {
	id, err := pathID(c, "id")
	if err != nil {
		return err
	}
	var in preferredInput
	if err := decode(c, &in); err != nil {
		return err
	}
	if len(in.Agents) > maxPreferred {
		return invalid(FieldError{Field: "agent_ids", Reason: fmt.Sprintf("must have at most %d", maxPreferred)})
	}
	if err := s.Store.Assignment.SetPreferredAgents(c.Request().Context(), IdentityOf(c).Actor(), id, assigndb.Preferred(in)); err != nil {
		return err
	}
	return s.getPreferred(c)
}

const maxPreferred = 10
