package bench

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/labstack/echo/v4"
)

// BareOptions are those of the bare handler.
type BareOptions struct{ Listen, DSN, Secret string }

// bareTable has what any intake needs: one row per event, once.
const bareTable = `CREATE TABLE IF NOT EXISTS bench_bare (
  id bigserial PRIMARY KEY, event_id text NOT NULL UNIQUE, sender text NOT NULL, body jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now())`

// Bare serves what the product is compared with: an Echo handler that checks
// LINE's signature, parses the body and commits one row per request.
func Bare(ctx context.Context, o BareOptions) error {
	db, err := sqlx.ConnectContext(ctx, "postgres", o.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	if _, err := db.ExecContext(ctx, bareTable); err != nil {
		return err
	}
	insert, err := db.PrepareContext(ctx, `INSERT INTO bench_bare (event_id, sender, body) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	e.POST("/webhook", func(c echo.Context) error {
		body, err := io.ReadAll(c.Request().Body)
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, []byte(o.Secret))
		mac.Write(body)
		given, err := base64.StdEncoding.DecodeString(c.Request().Header.Get("X-Line-Signature"))
		if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
			return c.NoContent(http.StatusUnauthorized)
		}
		var in struct {
			Events []struct {
				ID     string `json:"webhookEventId"`
				Source struct {
					User string `json:"userId"`
				} `json:"source"`
			} `json:"events"`
		}
		if err := json.Unmarshal(body, &in); err != nil || len(in.Events) == 0 {
			return c.NoContent(http.StatusBadRequest)
		}
		if _, err := insert.ExecContext(c.Request().Context(), in.Events[0].ID, in.Events[0].Source.User, body); err != nil {
			return err
		}
		return c.NoContent(http.StatusOK)
	})
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = e.Shutdown(ctx)
	})
	defer stop()
	if err := e.Start(o.Listen); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
