package core

import "github.com/labstack/echo/v4"

// InNameOf has a request that the process makes of itself be of whoever sent another
// one, which was authenticated.
func InNameOf(c, sender echo.Context) { c.Set(identityKey, sender.Get(identityKey)) }
