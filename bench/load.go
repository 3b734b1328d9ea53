package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"switchboard/dev/sandbox/line"
)

const connections = 64

// hook is where signed LINE webhooks go.
type hook struct {
	URL, Secret, Bot string
}

// webhook is one LINE webhook with one text message, as it goes over the wire.
func (h hook) webhook(user, text string) []byte {
	id := uuid.NewString()
	body := fmt.Sprintf(`{"destination":%q,"events":[{"type":"message","mode":"active","timestamp":%d,"webhookEventId":%q,`+
		`"deliveryContext":{"isRedelivery":false},"source":{"type":"user","userId":%q},"replyToken":%q,`+
		`"message":{"id":%q,"type":"text","quoteToken":"q","text":%q}}]}`, h.Bot, time.Now().UnixMilli(), id, user, id, id, text)
	u, err := url.Parse(h.URL)
	if err != nil {
		return nil
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json; charset=utf-8\r\n"+
		"User-Agent: LineBotWebhook/2.0\r\nX-Line-Signature: %s\r\nContent-Length: %d\r\n\r\n%s",
		u.RequestURI(), u.Host, line.Sign(h.Secret, []byte(body)), len(body), body)
}

// wire is one kept connection to a server. It is thinner than net/http's
// client, so that the load takes less of the machine from what is measured.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(ctx context.Context, address string) (*wire, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &wire{c, bufio.NewReader(c)}, nil
}

// post sends a request and waits for its answer, which must be a success.
func (w *wire) post(request []byte) (time.Duration, error) {
	began := time.Now()
	if _, err := w.conn.Write(request); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("webhook answered %d", resp.StatusCode)
	}
	return time.Since(began), err
}

// load is what came of posting as fast as the server answers.
type load struct {
	Took  []time.Duration
	Total time.Duration
}

func (l load) perSecond() float64 { return float64(len(l.Took)) / l.Total.Seconds() }

// pour posts webhooks of so many contacts over all connections until d is over
// or most were posted (0 is no limit).
func (h hook) pour(ctx context.Context, contacts int, d time.Duration, most int64) (load, error) {
	var wg sync.WaitGroup
	var posted atomic.Int64
	took := make([][]time.Duration, connections)
	errs := make([]error, connections)
	began := time.Now()
	for i := range connections {
		wg.Go(func() {
			w, err := dial(ctx, h.URL)
			if err != nil {
				errs[i] = err
				return
			}
			defer w.conn.Close()
			for ctx.Err() == nil && time.Since(began) < d {
				n := posted.Add(1)
				if most > 0 && n > most {
					return
				}
				t, err := w.post(h.webhook(contact(int(n)%contacts), "a message of a usual length, number "+fmt.Sprint(n)))
				if err != nil {
					errs[i] = err
					return
				}
				took[i] = append(took[i], t)
			}
		})
	}
	wg.Wait()
	out := load{Total: time.Since(began)}
	for i := range connections {
		if errs[i] != nil {
			return out, errs[i]
		}
		out.Took = append(out.Took, took[i]...)
	}
	return out, ctx.Err()
}

// contact is a LINE user id.
func contact(n int) string { return fmt.Sprintf("U%032x", n) }
