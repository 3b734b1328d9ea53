package configdb

import (
	"switchboard/store/pg"
)

func WorkstreamMissing(err error) error {
	if _, code := pg.Constraint(err); code == "23503" {
		return &pg.Invalid{Field: "workstream_id", Reason: "is no workstream"}
	}
	return err
}
