-- SPDX-License-Identifier: Apache-2.0
-- What Juju takes as metadata.yaml: the rules, and what they cannot say.
local assumes = require "cli.charm.assumes"
local names = require "cli.charm.names"
local one_of = require("std.rules").one_of

local M = {}

local SECTIONS <const> = { "provides", "requires", "peers" }
local STRINGS <const> = { list = "string" }
local RESERVED_IDS <const> = { 1000, 9999 } -- Juju's own

local function id(value)
  return value >= RESERVED_IDS[1] and value <= RESERVED_IDS[2]
    and ("%d is between 1000 and 9999, which Juju keeps for itself")
      :format(value)
    or nil
end

-- "2", "1-3", "1+" or "1-".
local function range(value)
  local text <const> = tostring(value)
  local good <const> = text:find("^%d+[-+]$") or text:find("^%d+%-%d+$")
    or math.type(value) == "integer" and value > 0
  return not good and ('"%s" is none of "m", "m-n", "m+"'):format(text) or nil
end

local function size(value)
  return not value:find("^%d+%.?%d*[MGTPEZY]?i?B?$")
    and ('"%s" is no size such as 1G'):format(value) or nil
end

-- What Juju refuses beside a manifest with bases.
local GONE <const> = {
  series = "--base says what the charm runs on",
  deployment = "it is of charms before Juju 2.9",
  ["min-juju-version"] = "say it as assumes: [juju >= 3.1]",
}

local ENDPOINTS <const> = { names = names.endpoint, each = { either = {
  "string", { required = { "interface" }, fields = {
    interface = "string",
    limit = { of = "integer", null = true },
    optional = "boolean",
    scope = one_of { "global", "container" },
  } },
} } }

M.RULES = { required = { "name", "summary", "description" }, fields = {
  name = { of = "string", test = names.plain },
  summary = "string",
  description = "string",
  provides = ENDPOINTS,
  requires = ENDPOINTS,
  peers = ENDPOINTS,
  ["extra-bindings"] = { of = { each = "any" }, test = function(bindings)
    return next(bindings) == nil and "it is empty" or nil
  end },
  subordinate = "boolean",
  categories = STRINGS,
  tags = STRINGS,
  terms = STRINGS,
  revision = "integer",
  format = "integer",
  assumes = { list = "any" },
  ["charm-user"] = one_of { "root", "sudoer", "non-root" },
  containers = { names = names.container, each = { fields = {
    resource = "string",
    mounts = { list = { required = { "storage", "location" }, fields = {
      storage = "string", location = "string",
    } } },
    uid = { of = "integer", test = id },
    gid = { of = "integer", test = id },
  } } },
  storage = { names = names.plain, each = { required = { "type" }, fields = {
    type = one_of { "filesystem", "block" },
    description = "string",
    location = "string",
    shared = "boolean",
    ["read-only"] = "boolean",
    multiple = { required = { "range" }, fields = {
      range = { of = { either = { "integer", "string" } }, test = range },
    } },
    ["minimum-size"] = { of = "string", test = size },
    properties = { list = one_of { "transient" } },
  } } },
  devices = { names = names.key, each = { required = { "type" }, fields = {
    type = "string", description = "string",
    countmin = "integer", countmax = "integer",
  } } },
  payloads = { names = names.key, each = { required = { "type" }, fields = {
    type = "string",
  } } },
  resources = { names = names.key, each = { fields = {
    type = one_of { "file", "oci-image" },
    filename = "string",
    description = "string",
  } } },
} }

local function interface_of(about)
  if type(about) == "table" then
    about = about.interface
  end
  return type(about) == "string" and about or ""
end

-- The names that are for Juju's own charms. A subordinate may require them in
-- the scope of its principal.
local function check_reserved(document, section, name, about)
  local keys <const> = { section, name }
  local within <const> = section == "requires"
    and document:get("subordinate") and type(about) == "table"
    and about.scope == "container"
  local text = not within and names.reserved(name)
  if text then
    document:refuse(keys, text)
  end
  text = section ~= "requires" and names.reserved(interface_of(about))
  if text then
    document:refuse(keys, "interface " .. text)
  end
end

local function check_endpoints(document)
  local own <const> = names.reserved(tostring(document:get("name")))
  local seen <const>, contained = {}, false
  for _, section in ipairs(SECTIONS) do
    for name, about in pairs(document:map(section)) do
      if not own then
        check_reserved(document, section, name, about)
      end
      if seen[name] then
        document:refuse({ section, name },
          ("%s has an endpoint of this name already"):format(seen[name]))
      end
      seen[name] = section
      contained = contained or section == "requires"
        and type(about) == "table" and about.scope == "container"
    end
  end
  for name in pairs(document:map("extra-bindings")) do
    if seen[name] then
      document:refuse({ "extra-bindings", name },
        ("%s has an endpoint of this name"):format(seen[name]))
    end
  end
  if document:get("subordinate") == true and not contained then
    document:refuse({ "subordinate" },
      "a subordinate needs an endpoint in requires with scope: container")
  end
end

local function check_containers(document)
  for name in pairs(document:map("containers")) do
    local resource <const> = document:get("containers", name, "resource")
    if resource and not document:get("resources", resource) then
      document:refuse({ "containers", name, "resource" },
        ('there is no resource "%s"'):format(resource))
    elseif resource
      and document:get("resources", resource, "type") ~= "oci-image" then
      document:refuse({ "containers", name, "resource" },
        ('the resource "%s" is no oci-image'):format(resource))
    end
    local mounts <const> = document:map("containers", name, "mounts")
    for i, mount in ipairs(mounts) do
      local storage <const> = type(mount) == "table" and mount.storage
      if type(storage) == "string" and not document:get("storage", storage) then
        document:refuse({ "containers", name, "mounts", i, "storage" },
          ('there is no storage "%s"'):format(storage))
      end
    end
  end
end

local function check_kinds(document)
  for name in pairs(document:map("storage")) do
    if document:get("storage", name, "type") == "block"
      and document:get("storage", name, "location") then
      document:refuse({ "storage", name, "location" },
        "a block device has no location")
    end
  end
  for name in pairs(document:map("resources")) do
    local file <const> = document:get("resources", name, "filename")
    local kind <const> = document:get("resources", name, "type") or "file"
    if kind == "file" and not file then
      document:refuse({ "resources", name }, "a file needs a filename")
    elseif kind == "file" and tostring(file):find("/", 1, true) then
      document:refuse({ "resources", name, "filename" },
        "it must be a name without folders")
    end
  end
end

---@param document cli.charm.Document
function M.check(document)
  document:check(M.RULES)
  for key, instead in pairs(GONE) do
    if document:get(key) ~= nil then
      document:refuse({ key },
        "Juju refuses it beside a manifest with bases; " .. instead)
    end
  end
  if type(document.value) == "table" then
    check_endpoints(document)
    check_containers(document)
    check_kinds(document)
    assumes.check(document)
  end
end

return M
