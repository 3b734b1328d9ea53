package configdb

// Roles of people and tokens. Each may do what the one before it may.
const (
	RoleAgent         = "agent"
	RoleSupervisor    = "supervisor"
	RoleAdministrator = "administrator"
)
