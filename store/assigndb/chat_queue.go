package assigndb

// AtWork is what holds for an agent of status s who takes conversations of
// workstream w, now or as soon as they have room: within their working hours,
// able to have any at all, and present in a way that the workstream asks. Who is
// shown as not to be disturbed by their load alone works, and takes the next.
const AtWork = `NOT s.off_duty AND (s.capacity > 0 OR s.profiles <> '{}')
  AND (s.presence = ANY(w.allowed_presences) OR (s.presence = 'do_not_disturb' AND s.chosen IS NULL))`
