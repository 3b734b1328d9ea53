package scim

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"switchboard/api/httpx"
)

const (
	schemaPrefix  = "urn:ietf:params:scim:schemas:core:2.0:"
	messagePrefix = "urn:ietf:params:scim:api:messages:2.0:"
	listSchema    = messagePrefix + "ListResponse"
)

// configuration says what of SCIM there is here (RFC 7643, section 5).
func (s *Server) configuration(c echo.Context) error {
	yes, no := object{"supported": true}, object{"supported": false}
	return answer(c, http.StatusOK, object{"schemas": []string{schemaPrefix + "ServiceProviderConfig"},
		"documentationUri": s.PublicURL + "/docs", "patch": yes, "changePassword": no, "sort": no, "etag": yes,
		"bulk":   object{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter": object{"supported": true, "maxResults": mostAtATime},
		"authenticationSchemes": []object{{"type": "oauthbearertoken", "name": "API token", "primary": true,
			"description": "An API token with the permission scim:write."}},
		"meta": object{"resourceType": "ServiceProviderConfig", "location": s.PublicURL + Path + "/ServiceProviderConfig"}})
}

func (s *Server) typeOf(name string) object {
	return object{"schemas": []string{schemaPrefix + "ResourceType"}, "id": name, "name": name, "endpoint": "/" + name + "s",
		"schema": schemaPrefix + name, "meta": object{"resourceType": "ResourceType", "location": s.PublicURL + Path + "/ResourceTypes/" + name}}
}

func (s *Server) resourceTypes(c echo.Context) error {
	return list(c, []object{s.typeOf("User"), s.typeOf("Group")}, 2, 1)
}

func (s *Server) resourceType(c echo.Context) error {
	name := c.Param("name")
	if name != "User" && name != "Group" {
		return httpx.NotFound()
	}
	return answer(c, http.StatusOK, s.typeOf(name))
}

// An attribute of a schema (RFC 7643, section 7).
func attribute(name, typ string, more object) object {
	out := object{"name": name, "type": typ, "multiValued": false, "required": false, "caseExact": false, "mutability": "readWrite",
		"returned": "default", "uniqueness": "none"}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func (s *Server) schemaOf(name string) object {
	var attributes []object
	if name == "User" {
		attributes = []object{
			attribute("userName", "string", object{"required": true, "uniqueness": "server"}),
			attribute("displayName", "string", nil),
			attribute("name", "complex", object{"subAttributes": []object{
				attribute("formatted", "string", nil), attribute("givenName", "string", nil), attribute("familyName", "string", nil)}}),
			attribute("active", "boolean", nil),
			attribute("emails", "complex", object{"multiValued": true, "subAttributes": []object{
				attribute("value", "string", object{"uniqueness": "server"}), attribute("type", "string", nil), attribute("primary", "boolean", nil)}}),
			attribute("groups", "complex", object{"multiValued": true, "mutability": "readOnly", "subAttributes": []object{
				attribute("value", "string", object{"mutability": "readOnly"}), attribute("display", "string", object{"mutability": "readOnly"})}}),
		}
	} else {
		attributes = []object{
			attribute("displayName", "string", object{"required": true, "uniqueness": "server"}),
			attribute("members", "complex", object{"multiValued": true, "subAttributes": []object{
				attribute("value", "string", object{"mutability": "immutable"}), attribute("display", "string", object{"mutability": "readOnly"})}}),
		}
	}
	return object{"schemas": []string{schemaPrefix + "Schema"}, "id": schemaPrefix + name, "name": name, "attributes": attributes,
		"meta": object{"resourceType": "Schema", "location": s.PublicURL + Path + "/Schemas/" + schemaPrefix + name}}
}

func (s *Server) schemas(c echo.Context) error {
	return list(c, []object{s.schemaOf("User"), s.schemaOf("Group")}, 2, 1)
}

func (s *Server) schema(c echo.Context) error {
	for _, name := range []string{"User", "Group"} {
		if c.Param("name") == schemaPrefix+name {
			return answer(c, http.StatusOK, s.schemaOf(name))
		}
	}
	return httpx.NotFound()
}
