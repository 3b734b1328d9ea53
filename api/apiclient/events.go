package apiclient

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Event is one frame of the event stream.
type Event struct {
	ID           string          `json:"-"`
	Kind         string          `json:"-"`
	Conversation uuid.NullUUID   `json:"conversation_id"`
	Message      uuid.NullUUID   `json:"message_id"`
	Agent        uuid.NullUUID   `json:"agent_id"`
	Data         json.RawMessage `json:"-"` // the whole frame, as openapi.yaml says for its kind
	Received     time.Time       `json:"-"`
}

// OfferID is the offer that an event is about, or uuid.Nil.
func (e Event) OfferID() uuid.UUID {
	var frame struct {
		Data struct {
			OfferID uuid.UUID `json:"offer_id"`
		}
	}
	_ = json.Unmarshal(e.Data, &frame) // Next has parsed it before
	return frame.Data.OfferID
}

// Row is the message that an event is about, as it is now; empty if none.
func (e Event) Row() (m Message) {
	var frame struct{ Message *Message }
	frame.Message = &m
	_ = json.Unmarshal(e.Data, &frame) // Next has parsed it before
	return m
}

// Stream is one connection to the event stream.
type Stream struct {
	body   io.ReadCloser
	reader *bufio.Reader
}

// Listen opens the event stream after an event id; "" is from now on. The answer
// to the request means that the agent is present.
func (c *Client) Listen(ctx context.Context, after string) (*Stream, error) {
	return c.listen(ctx, "/v1/events", after)
}

func (c *Client) listen(ctx context.Context, path, after string) (*Stream, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if after != "" {
		req.Header.Set("Last-Event-ID", after)
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("event stream: %w", &Refused{Status: resp.StatusCode})
	}
	return &Stream{body: resp.Body, reader: bufio.NewReaderSize(resp.Body, 64<<10)}, nil
}

// Close ends the connection.
func (s *Stream) Close() error { return s.body.Close() }

// Next waits for the next event. Pings and the hello are events too.
func (s *Stream) Next() (Event, error) {
	var e Event
	for {
		line, err := s.reader.ReadString('\n')
		if err != nil {
			return e, err
		}
		field, value, _ := strings.Cut(strings.TrimRight(line, "\n"), ": ")
		switch {
		case line == "\n" && e.Kind != "":
			e.Received = time.Now()
			return e, nil
		case field == "id":
			e.ID = value
		case field == "event":
			e.Kind = value
		case field == "data":
			if err := json.Unmarshal([]byte(value), &e); err != nil {
				return e, fmt.Errorf("event stream: %w", err)
			}
			e.Data = json.RawMessage(value)
		}
	}
}

// Follow keeps the stream open until ctx ends, resuming where it broke off, and
// hands every event to see.
func (c *Client) Follow(ctx context.Context, see func(Event)) {
	after := ""
	for ctx.Err() == nil {
		if s, err := c.Listen(ctx, after); err == nil {
			for {
				e, err := s.Next()
				if err != nil {
					break
				}
				after = e.ID
				see(e)
			}
			_ = s.Close()
		} else if r := (*Refused)(nil); errors.As(err, &r) && r.Status == http.StatusUnauthorized {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}
