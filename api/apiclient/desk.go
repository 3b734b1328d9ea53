// Package apiclient uses the product from outside, over HTTP, as an agent's program
// does: what `switchboard dev` sets up, the end-to-end tests and the benchmarks
// go through it.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Client calls the API in the name of one person.
type Client struct {
	Base  string // http://host:port
	Token string
	HTTP  *http.Client // nil: http.DefaultClient
}

// Refused is an answer that is no success, with its problem document.
type Refused struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (e *Refused) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail) }

// SignIn signs a person in.
func SignIn(ctx context.Context, base, email, password string) (*Client, error) {
	c := &Client{Base: strings.TrimRight(base, "/")}
	var out struct{ Token string }
	if _, err := c.Do(ctx, http.MethodPost, "/v1/session", map[string]string{"email": email, "password": password}, &out); err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	c.Token = out.Token
	return c, nil
}

// Invite has a person, whom an administrator has added, choose their password by the
// link of an invitation, as they would do themselves.
func (c *Client) Invite(ctx context.Context, agent uuid.UUID, password string) error {
	var link struct{ URL string }
	if _, err := c.Do(ctx, http.MethodPost, "/v1/agents/"+agent.String()+"/invitation", map[string]any{"by_email": false}, &link); err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	_, token, _ := strings.Cut(link.URL, "#")
	if _, err := c.Do(ctx, http.MethodPost, "/v1/session/password", map[string]string{"token": token, "password": password}, nil); err != nil {
		return fmt.Errorf("accept invitation: %w", err)
	}
	return nil
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return http.DefaultClient
}

// Do sends in as JSON, or as it is if it is []byte, and reads the answer into
// out; both may be nil. Headers
// come in pairs. The error of an answer that is no success is a *Refused.
func (c *Client) Do(ctx context.Context, method, path string, in, out any, headers ...string) (status int, err error) {
	var body io.Reader
	if in != nil {
		b, raw := in.([]byte)
		if !raw {
			if b, err = json.Marshal(in); err != nil {
				return 0, err
			}
		}
		body = bytes.NewReader(b)
		headers = append([]string{"Content-Type", "application/json"}, headers...)
	}
	return c.send(ctx, method, path, body, out, headers)
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader, out any, headers []string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return 0, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if resp.StatusCode >= 300 {
		refused := &Refused{Status: resp.StatusCode}
		_ = json.Unmarshal(b, refused) // an answer that is no problem document has its status only
		return resp.StatusCode, fmt.Errorf("%s %s: %w", method, path, refused)
	}
	if out == nil || len(b) == 0 {
		return resp.StatusCode, nil
	}
	if raw, ok := out.(*[]byte); ok {
		*raw = b
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return resp.StatusCode, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return resp.StatusCode, nil
}

// Upload adds a file to a conversation and returns its id.
func (c *Client) Upload(ctx context.Context, conversation uuid.UUID, name, contentType string, data []byte) (uuid.UUID, error) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, name))
	head.Set("Content-Type", contentType)
	part, err := form.CreatePart(head)
	if err != nil {
		return uuid.Nil, err
	}
	if _, err := part.Write(data); err != nil {
		return uuid.Nil, err
	}
	if err := form.Close(); err != nil {
		return uuid.Nil, err
	}
	var out struct{ ID uuid.UUID }
	_, err = c.send(ctx, http.MethodPost, "/v1/conversations/"+conversation.String()+"/attachments", &b, &out,
		[]string{"Content-Type", form.FormDataContentType()})
	return out.ID, err
}

// Answer writes a message to the customer under an idempotency key.
func (c *Client) Answer(ctx context.Context, conversation uuid.UUID, key, text string, attachments ...uuid.UUID) (Message, int, error) {
	var m Message
	in := map[string]any{"text": text}
	if len(attachments) > 0 {
		in["attachments"] = attachments
	}
	status, err := c.Do(ctx, http.MethodPost, "/v1/conversations/"+conversation.String()+"/messages", in, &m, "Idempotency-Key", key)
	return m, status, err
}

// Command accepts, declines, picks, ends or closes a conversation. While its
// process does not answer (503) it is repeated under the same key, as the API
// asks, until ctx ends.
func (c *Client) Command(ctx context.Context, conversation uuid.UUID, name, key string, in any) error {
	if key == "" {
		key = uuid.NewString()
	}
	for {
		err := c.CommandOnce(ctx, conversation, name, key, in)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return err
		}
	}
}

// CommandOnce is Command without the repeats.
func (c *Client) CommandOnce(ctx context.Context, conversation uuid.UUID, name, key string, in any) error {
	_, err := c.Do(ctx, http.MethodPost, "/v1/conversations/"+conversation.String()+"/"+name, in, nil, "Idempotency-Key", key)
	return err
}

// Conversation reads one conversation.
func (c *Client) Conversation(ctx context.Context, id uuid.UUID) (Conversation, error) {
	var out Conversation
	_, err := c.Do(ctx, http.MethodGet, "/v1/conversations/"+id.String(), nil, &out)
	return out, err
}

// Conversations lists one page of a view: mine, open, closed.
func (c *Client) Conversations(ctx context.Context, view string) ([]Conversation, error) {
	var out struct{ Items []Conversation }
	_, err := c.Do(ctx, http.MethodGet, "/v1/conversations?limit=200&view="+view, nil, &out)
	return out.Items, err
}

// Messages reads the messages after a seq.
func (c *Client) Messages(ctx context.Context, conversation uuid.UUID, after int64) ([]Message, error) {
	var out struct{ Items []Message }
	_, err := c.Do(ctx, http.MethodGet, fmt.Sprintf("/v1/conversations/%s/messages?limit=200&after=%d", conversation, after), nil, &out)
	return out.Items, err
}
