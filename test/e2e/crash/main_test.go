// Package crash brings about faults of the product's parts and of what it stands
// on, one at a time, and looks at what becomes of conversations.
package crash

import (
	"os"
	"testing"

	"switchboard/test/outage"
)

var shared *outage.Product

func TestMain(m *testing.M) { os.Exit(outage.Main(m, func(p *outage.Product) { shared = p })) }
