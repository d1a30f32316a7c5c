-- SPDX-License-Identifier: Apache-2.0
-- The cloud that the model is in, with its credential (credential-get). Only
-- a charm that is trusted may ask.
local tool = require "juju.tool"

local M = {}

---@class juju.CloudCredential
---@field auth_type string
---@field attributes table<string, string>
---@field redacted string[]

---@class juju.CloudSpec
---@field type string
---@field name string
---@field region? string
---@field endpoint? string
---@field identity_endpoint? string
---@field storage_endpoint? string
---@field credential? juju.CloudCredential
---@field ca_certificates string[]
---@field skip_tls_verify boolean
---@field is_controller_cloud boolean

local function text(value)
  return value ~= "" and value or nil
end

local function credential_of(found)
  return found and {
    auth_type = found["auth-type"],
    attributes = found.attrs or {},
    redacted = found.redacted or {},
  }
end

---@return juju.CloudSpec?
---@return std.Error? err
function M.spec()
  local found, err = tool.read("credential-get", { "--format=json" }, "table",
    "read the cloud's specification")
  if not found then
    return nil, err
  end
  return {
    type = found.type,
    name = found.name,
    region = text(found.region),
    endpoint = text(found.endpoint),
    identity_endpoint = text(found["identity-endpoint"]),
    storage_endpoint = text(found["storage-endpoint"]),
    credential = credential_of(found.credential),
    ca_certificates = found.cacertificates or {},
    skip_tls_verify = found["skip-tls-verify"] == true,
    is_controller_cloud = found["is-controller-cloud"] == true,
  }
end

return M
