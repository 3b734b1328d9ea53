package channeltest

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"switchboard/channel"
)

// Marks stand in a message and in the secrets. None may appear in an error,
// because errors are kept.
const (
	markText   = "MarkedCustomerText"
	markNumber = "6681999888777"
	markSecret = "MarkedSecretOfTheAccount"
)

func (c Contract) marks() []string { return []string{markText, markNumber, markSecret} }

func (c Contract) marked() channel.Account {
	a := c.account()
	for name := range a.Secrets {
		a.Secrets[name] = markSecret
	}
	return a
}

func (c Contract) message() channel.Outbound {
	return channel.Outbound{
		ID: "123e4567-e89b-12d3-a456-426614174000", Channel: c.Channel, From: c.From, To: c.To + markNumber, Text: markText,
	}
}

// hostile answers quote what was sent, wherever a provider's own answers have
// words of theirs.
func (c Contract) hostile() map[string]string {
	quote := func(s string) string {
		return `{"message":"` + s + `","code":"` + s + `","error_code":"` + s + `","more_info":"` + s + `","status":"` + s + `","sid":7,` +
			`"sentMessages":7,"details":[{"message":"` + s + `","property":"` + s + `"}],"error":{"message":"` + s + `","code":"` + s + `"}}`
	}
	return map[string]string{
		"quotes the text":   quote(markText),
		"quotes the number": quote(markNumber),
		"quotes the secret": quote(markSecret),
		"number as code":    `{"code":` + markNumber + `,"sid":7,"sentMessages":7}`,
		"plain text":        "<html>" + markText + " " + markNumber + " " + markSecret + "</html>",
		"nothing":           "",
		"null":              "null",
		"list":              "[]",
		"torn":              `{"sid":"SM`,
	}
}

func (c Contract) send(t *testing.T) {
	t.Parallel()
	t.Run("answers", c.sendAnswers)
	t.Run("connections", c.sendConnections)
	t.Run("refusals of ours", func(t *testing.T) {
		t.Parallel()
		p := c.Provider(&http.Client{Transport: unreachable{t}})
		caps := p.Channels()[c.Channel]
		for name, change := range map[string]func(*channel.Outbound){
			"nothing in it": func(m *channel.Outbound) { m.Text = "" },
			"text too long": func(m *channel.Outbound) { m.Text = strings.Repeat("x", caps.MaxText+1) },
			"too long in UTF-16": func(m *channel.Outbound) {
				m.Text = strings.Repeat("👋", caps.MaxText/2+1)
			},
			"media without https": func(m *channel.Outbound) {
				m.Media = []channel.OutMedia{{URL: "http://files.example.com/" + markText, ContentType: "image/jpeg"}}
			},
			"too many media": func(m *channel.Outbound) {
				for range caps.MaxMedia + 1 {
					m.Media = append(m.Media, channel.OutMedia{URL: "https://files.example.com/" + markText, ContentType: "image/jpeg"})
				}
			},
		} {
			m := c.message()
			change(&m)
			_, err := p.Send(t.Context(), c.marked(), m)
			require.Equal(t, channel.Refused, c.class(t, err), name)
		}
		if caps.Templates {
			for _, id := range []string{"", "../" + markText, markText + "\n"} {
				m := c.message()
				m.Template = &channel.Template{ContentSID: id, Variables: map[string]string{"1": markText}}
				_, err := p.Send(t.Context(), c.marked(), m)
				require.Equal(t, channel.Refused, c.class(t, err), "a template without a name of the provider's")
			}
		}
	})
}

// unreachable fails the test if anything is asked.
type unreachable struct{ t *testing.T }

func (u unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	u.t.Error("the provider was asked")
	return nil, io.ErrUnexpectedEOF
}

func (c Contract) sendAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 301, 307, 400, 401, 403, 404, 408, 409, 410, 413, 415, 418, 429, 500, 502, 503, 504} {
		for name, body := range c.hostile() {
			t.Run(strconv.Itoa(status)+" "+name, func(t *testing.T) {
				t.Parallel()
				var asked atomic.Int32
				r, err := c.call(t, t.Context(), nil, func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					w.Header().Set("Location", "/elsewhere?"+markText)
					w.WriteHeader(status)
					_, _ = io.WriteString(w, body)
				})
				require.EqualValues(t, 1, asked.Load(), "one message, one request: to the account's own API")
				if err == nil {
					require.Contains(t, []int{200, 409}, status)
					for _, id := range r.IDs {
						require.NotEmpty(t, id)
					}
					return
				}
				got := c.class(t, err)
				switch {
				case status == 200:
					require.Equal(t, channel.Uncertain, got, "it was taken, or not")
				case status == 401 || status == 403:
					require.Equal(t, channel.Config, got)
				case status == 429:
					require.Equal(t, channel.Throttled, got)
				case status == 408 || status >= 500:
					require.Equal(t, channel.Uncertain, got)
				default:
					require.Contains(t, []channel.Class{channel.Refused, channel.Config}, got, "a repeat changes nothing")
				}
			})
		}
	}
}

func (c Contract) sendConnections(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		a := c.marked()
		a.BaseURL = "http://" + l.Addr().String()
		_, err = c.Provider(nil).Send(t.Context(), a, c.message())
		require.Equal(t, channel.Unavailable, c.class(t, err))
	})
	t.Run("no such host", func(t *testing.T) {
		t.Parallel()
		a := c.marked()
		a.BaseURL = "http://nowhere.invalid"
		_, err := c.Provider(nil).Send(t.Context(), a, c.message())
		require.Equal(t, channel.Unavailable, c.class(t, err))
	})
	t.Run("closed after the request", func(t *testing.T) {
		t.Parallel()
		_, err := c.call(t, t.Context(), nil, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		})
		require.Equal(t, channel.Uncertain, c.class(t, err))
	})
	t.Run("torn answer", func(t *testing.T) {
		t.Parallel()
		_, err := c.call(t, t.Context(), nil, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "{")
		})
		require.Equal(t, channel.Uncertain, c.class(t, err))
	})
	t.Run("no answer in time", func(t *testing.T) {
		t.Parallel()
		release := make(chan struct{})
		_, err := c.call(t, t.Context(), &http.Client{Timeout: 50 * time.Millisecond, Transport: closing{release}}, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-release
		})
		require.Equal(t, channel.Uncertain, c.class(t, err))
	})
	t.Run("canceled before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.call(t, ctx, nil, func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") })
		require.Equal(t, channel.Unavailable, c.class(t, err))
	})
	t.Run("address that is none", func(t *testing.T) {
		t.Parallel()
		a := c.marked()
		a.BaseURL = "http://[" + markText
		_, err := c.Provider(nil).Send(t.Context(), a, c.message())
		require.Equal(t, channel.Config, c.class(t, err))
	})
}

// closing lets the handler go once the client has given up.
type closing struct{ release chan struct{} }

func (c closing) RoundTrip(r *http.Request) (*http.Response, error) {
	defer close(c.release)
	return http.DefaultTransport.RoundTrip(r)
}

// test: a connection test says what a person can act on, and never doubt.
func (c Contract) test(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 404, 429, 500, 503} {
		for name, body := range c.hostile() {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			a := c.marked()
			a.BaseURL = s
			err := c.Provider(nil).Test(t.Context(), a)
			require.Error(t, err, "%d %s", status, name)
			require.NotEqual(t, channel.Uncertain, c.class(t, err))
		}
	}
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	a := c.marked()
	a.BaseURL = s
	require.Equal(t, channel.Unavailable, c.class(t, c.Provider(nil).Test(t.Context(), a)))
}
