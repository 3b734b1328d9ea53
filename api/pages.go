package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/web"
)

// Where the pages are. They are no part of the contract: files that anybody may
// read, which use the contract as any other client does.
const (
	pathDesk   = "/desk/"
	pathLink   = "/welcome" // of invitations; the token follows it as a fragment, which no server sees
	pathWidget = "/widget/"
	pathDocs   = "/docs/" // files of the viewer; the page itself is of the contract
)

func servePages(e *echo.Echo) {
	toDesk := func(c echo.Context) error { return c.Redirect(http.StatusFound, pathDesk) }
	toWelcome := func(c echo.Context) error { return c.Redirect(http.StatusFound, pathDesk+"welcome") } // browsers keep the fragment
	desk, widget := echo.WrapHandler(web.Desk(pathDesk)), echo.WrapHandler(web.Widget(pathWidget))
	docs := echo.WrapHandler(web.Docs(pathDocs))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/", toDesk)
		e.Add(method, "/desk", toDesk)
		e.Add(method, pathLink, toWelcome)
		e.Add(method, pathDesk+"*", desk)
		e.Add(method, pathWidget+"*", widget)
		e.Add(method, pathDocs+"*", docs)
	}
}
