package configdb

import (
	"switchboard/domain/permission"
)

// The built-in roles of people and tokens. Each may do what the one before it may.
const (
	RoleAgent         = permission.Agent
	RoleSupervisor    = permission.Supervisor
	RoleAdministrator = permission.Administrator
)
