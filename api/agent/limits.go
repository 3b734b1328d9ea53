package agent

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/core"
)

// limitsView is what an agent can send in a conversation, so that they know
// before they try.
type limitsView struct {
	MaxText      int               `json:"max_text"` // UTF-16 code units
	Files        bool              `json:"files"`    // agents may send any
	MaxFiles     int               `json:"max_files"`
	MaxFileBytes int64             `json:"max_file_bytes"`
	MaxButtons   int               `json:"max_buttons"` // quick replies
	Media        []core.MediaLimit `json:"media"`
	BlockedFiles []string          `json:"blocked_files"`
	Templates    bool              `json:"templates"` // only those that the provider approved
	Delivered    bool              `json:"delivered"`
	Read         bool              `json:"read"`
}

func (s *Server) getLimits(c echo.Context) error {
	conv, err := s.visibleConversation(c)
	if err != nil {
		return err
	}
	p, err := s.Providers.Get(conv.Provider)
	if err != nil {
		return err
	}
	policy, err := s.Store.Message.FilePolicyOf(c.Request().Context(), conv.ID)
	if err != nil {
		return err
	}
	caps := core.ShowCaps(p.Channels()[conv.Channel])
	return c.JSON(http.StatusOK, limitsView{MaxText: caps.MaxText, Files: policy.Agents && caps.MaxMedia > 0, MaxFiles: caps.MaxMedia,
		MaxFileBytes: policy.Limit(s.UploadLimit), MaxButtons: caps.MaxButtons, Media: caps.Media,
		BlockedFiles: append([]string{}, policy.Blocked...), Templates: caps.Templates, Delivered: caps.Delivered, Read: caps.Read})
}
