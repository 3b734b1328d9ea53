package agent

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
	"switchboard/api/httpx"
	"switchboard/domain/conversation"
	"switchboard/secret"
	"switchboard/store/configdb"
	"switchboard/store/pg"
)

// linkTTL is how long a link to a live chat is good, if the chat lasts.
const linkTTL = time.Hour

// linkToChat makes a link for the customer of a live chat to go on elsewhere.
func (s *Server) linkToChat(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Agent.UUID != agent {
		return &conversation.Refusal{Code: conversation.NotPrimary, Reason: "Only the agent who has this conversation may do that."}
	}
	token, until := secret.NewToken(), s.Now().Add(linkTTL).UTC()
	err = s.Store.Webchat.AddVisitorLink(c.Request().Context(), secret.HashToken(token), conv.ID, until)
	if errors.Is(err, pg.ErrNotFound) {
		return &conversation.Refusal{Code: conversation.WrongState, Reason: "It is no live chat that can be reconnected to, or it is over."}
	} else if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"reconnect": token, "expires_at": until})
}

// agentTyping tells the customer that their agent types, where the channel shows it.
func (s *Server) agentTyping(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	if conv.Channel == configdb.ProviderWebchat && conv.Agent.UUID == agent &&
		s.typing.Take([]httpx.Limit{{Key: "agent-typing/" + agent.String() + conv.ID.String(), Most: 2, Every: 2 * time.Second}}) == 0 {
		if err := s.Store.Webchat.Typing(c.Request().Context(), conv.ID, agent); err != nil {
			return err
		}
	}
	if conv.Channel != configdb.ProviderWebchat && conv.Agent.UUID == agent &&
		s.typing.Take([]httpx.Limit{{Key: "agent-typing/" + agent.String() + conv.ID.String(), Most: 1, Every: typingLasts}}) == 0 {
		s.signal(c, conv, true)
	}
	return c.NoContent(http.StatusNoContent)
}

// readInput: {"seq": 12}
type readInput struct {
	Seq int64 `json:"seq"`
}

// agentRead keeps how far the agent has read; the customer sees it where the
// channel shows it.
func (s *Server) agentRead(c echo.Context) error {
	agent, err := core.ActingAgent(c)
	if err != nil {
		return err
	}
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	var in readInput
	if err := httpx.Decode(c, &in); err != nil {
		return err
	}
	if in.Seq < 1 {
		return httpx.Invalid(httpx.FieldError{Field: "seq", Reason: "must be a seq of the conversation"})
	}
	if err := s.Store.Webchat.AgentRead(c.Request().Context(), agent, conv.ID, in.Seq); err != nil {
		return err
	}
	if conv.Channel != configdb.ProviderWebchat && conv.Agent.UUID == agent {
		s.signal(c, conv, false)
	}
	return c.NoContent(http.StatusNoContent)
}
