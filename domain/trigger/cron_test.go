package trigger_test

import (
	"testing"
	"time"

	"switchboard/domain/trigger"
)

// A cron expression is taken if a Temporal Schedule takes it and it ever runs.
func TestSeed_D8_CronExpressionsThatCannotRun(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"* * * * *", "0 9 * * 1", "30 8 15 * *", "*/5 * * * *", "0,30 9-17 * * 1-5",
		"5/10 * * * *", "0 9 * * mon-fri", "0 9 * jan,JUN Sunday", "0 9 * * 7",
		"0 9 29 2 *", "0 0 31 1,2 *", "0 9 * * 5-7", "59 23 31 12 0", "0-59/59 * * * *", " 0  9 * * * ", "0 9 * * su", "0 9 30,31 2,4 *",
	} {
		if why := trigger.CheckCron(good); why != "" {
			t.Errorf("%q was refused: it %s", good, why)
		}
	}
	for _, bad := range []string{
		"", "* * * *", "* * * * * *", "every day", "99 * * * *", "60 9 * * *", "0 25 * * *", "0 24 * * *",
		"abc * * * *", "*/0 * * * *", "*/-1 * * * *", "*/x * * * *",
		"1/2/3 * * * *", "5/ * * * *", "0 9 * * 8", "0 9 0 * *", "0 9 32 * *", "0 9 * 0 *", "0 9 * 13 *", "-1 * * * *", "5-1 * * * *",
		"1-2-3 * * * *", "1,,2 * * * *",
		"0 9 31 2 *", "0 9 30 feb *", "0 9 31 4,6,9,11 *", "0 9 * ja *", "0 9 * * m", "0 9 * * fri-mon", "@daily * * * *",
		"TZ=UTC 0 9 * *", "0 9 * * # x", "0 9 ? * *", "0 9 L * *",
		"1.5 * * * *", "** * * * *", "99999999999999999999 * * * *",
	} {
		if trigger.CheckCron(bad) == "" {
			t.Errorf("%q was taken", bad)
		}
	}
}

// A time that the clocks leave out never comes.
func TestSeed_D8_TimesThatTheClocksLeaveOut(t *testing.T) {
	t.Parallel()
	tallinn, err := time.LoadLocation("Europe/Tallinn")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]bool{
		"2027-03-28T03:30": true, "2027-03-28T04:00": false, "2027-03-28T02:59": false, "2027-10-31T03:30": false,
	} {
		cron, err := trigger.Once(at)
		if err != nil || trigger.LeftOut(cron, tallinn) != want {
			t.Errorf("%s: %v, %v", at, trigger.LeftOut(cron, tallinn), err)
		}
	}
}
