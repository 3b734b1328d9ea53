package routing

// Level is a priority as people choose and see it.
type Level string

// Levels of priority, the most urgent first.
const (
	Urgent Level = "urgent"
	High   Level = "high"
	Normal Level = "normal"
	Low    Level = "low"
)

// Levels lists them by name, the most urgent first.
func Levels() []string { return []string{string(Urgent), string(High), string(Normal), string(Low)} }

// What people choose, and up to where a number that a rule gives counts as it.
var levels = []struct {
	level          Level
	priority, upTo int
}{{Urgent, 10, 25}, {High, 50, 75}, {Normal, DefaultPriority, 150}}

const lowPriority = 200

// Priority is the number that conversations of a level are ordered by.
func (l Level) Priority() int {
	for _, x := range levels {
		if x.level == l {
			return x.priority
		}
	}
	return lowPriority
}

// LevelOf is the level that a priority counts as.
func LevelOf(priority int) Level {
	for _, x := range levels {
		if priority <= x.upTo {
			return x.level
		}
	}
	return Low
}
