package configdb

import (
	"time"

	"github.com/google/uuid"
)

// ProviderWebchat is the provider of the accounts that widgets have.
const ProviderWebchat = "webchat"

// Widget is one web chat: our side of its conversations, and what a site shows
// and asks. Key is public; it stands in the site's pages.
type Widget struct {
	ID             uuid.UUID      `json:"id"`
	Account        uuid.UUID      `json:"account_id"`
	Address        uuid.UUID      `json:"address_id"`
	Key            string         `json:"key"`
	Name           string         `json:"name"`
	Workstream     uuid.UUID      `json:"workstream_id"`
	Language       string         `json:"language"`
	OperatingHours uuid.NullUUID  `json:"operating_hours_id"` // null: always open
	Origins        []string       `json:"origins"`
	Authentication string         `json:"authentication"`
	Issuer         string         `json:"issuer"`            // "": not compared
	Audience       string         `json:"audience"`          // whom sites' tokens are for
	Anonymous      bool           `json:"anonymous_threads"` // persistent ones, knowingly
	PublicKey      string         `json:"public_key"`        // PEM
	KeyURL         string         `json:"key_url"`
	Settings       WidgetSettings `json:"settings"`
	CreatedAt      time.Time      `json:"created_at"`
	UpdatedAt      time.Time      `json:"updated_at"`

	// Of the workstream, for those who serve visitors.
	Style        string     `json:"style"`
	Queue        uuid.UUID  `json:"-"`
	AwayTimeout  int        `json:"-"`
	ReconnectFor int        `json:"-"`
	Files        FilePolicy `json:"-"`
}

// WidgetSettings is what a widget shows and asks. Texts are by language and name.
type WidgetSettings struct {
	Appearance WidgetAppearance             `json:"appearance"`
	Texts      map[string]map[string]string `json:"texts"`
	PreChat    []Question                   `json:"pre_chat"`
	Transcript bool                         `json:"transcript"`
	Sound      bool                         `json:"sound"`
}

// WidgetAppearance is how a widget looks unless its site says otherwise.
type WidgetAppearance struct {
	Title           string `json:"title"`
	Subtitle        string `json:"subtitle"`
	Color           string `json:"color"`
	TextColor       string `json:"text_color"`
	LogoURL         string `json:"logo_url"`
	Position        string `json:"position"`
	OfflineTitle    string `json:"offline_title"`
	OfflineSubtitle string `json:"offline_subtitle"`
	HideOffline     bool   `json:"hide_offline"`
}

// Question is one of a pre-chat survey.
type Question struct {
	Name     string            `json:"name"`
	Type     string            `json:"type"`  // text, multiline, options, consent
	Label    map[string]string `json:"label"` // by language
	Required bool              `json:"required"`
	Check    string            `json:"check"`   // "", email, phone
	Options  []string          `json:"options"` // of options
	Meaning  string            `json:"meaning"` // "", name: the answer is the visitor's name
}
