package admin

import (
	"fmt"

	"switchboard/api/httpx"
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
	httpx.Set(&a.Priority, in.Priority)
	httpx.Set(&a.AgePriority, in.AgePriority)
	httpx.Set(&a.AgeBucket, in.AgeBucket)
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

func checkAssignment(k *httpx.Checks, a assigndb.Assignment) {
	k.Number("priority", a.Priority, 0, maxPriority)
	k.Number("age_priority", a.AgePriority, 0, yearSeconds)
	k.Number("age_bucket", a.AgeBucket, 0, yearSeconds)
	if len(a.Rules) > maxAssignmentRules {
		k.Add("assignment_rules", fmt.Sprintf("must have at most %d", maxAssignmentRules))
	}
	for i, r := range a.Rules {
		at := fmt.Sprintf("assignment_rules[%d].", i)
		k.Number(at+"after", r.After, 0, yearSeconds)
		k.OneOf(at+"skills", r.Skills, assigndb.SkillsExact, assigndb.SkillsClosest, assigndb.SkillsNone)
		k.OneOf(at+"method", r.Method, assigndb.HighestCapacity, assigndb.RoundRobin, assigndb.LeastActive, assigndb.MostIdle,
			assigndb.Proficiency)
		if i == 0 && r.After != 0 {
			k.Add(at+"after", "must be 0: nobody could be asked before")
		}
		if i > 0 && r.After < a.Rules[i-1].After {
			k.Add(at+"after", "must not be less than that of the rule before")
		}
	}
	if len(a.Buckets) > maxBuckets {
		k.Add("buckets", fmt.Sprintf("must have at most %d", maxBuckets))
	}
	for i, b := range a.Buckets {
		at := fmt.Sprintf("buckets[%d].", i)
		k.Text(at+"name", b.Name, 1, 100)
		k.OneOf(at+"order", b.Order, "priority", "oldest", "newest")
		if b.PriorityUpTo != nil {
			k.Number(at+"priority_up_to", *b.PriorityUpTo, 0, maxPriority)
		}
		if len(b.Workstreams)+len(b.Channels)+len(b.Skills) > 100 {
			k.Add(at+"name", "must not list more than 100 workstreams, channels and skills")
		}
	}
}
