-- SPDX-License-Identifier: Apache-2.0
-- Where a state is kept. container: a file in the charm's folder, gone with
-- the pod. unit: Juju's store for the unit. app: the application's databag of
-- the peer relation, written by the leader. Values are JSON texts.
local errors = require "std.error"
local names = require "ops.names"

local M = {}

-- The charm's own names stand alone, a library's carry its path.
local function prefix_of(owner)
  local charm = owner.charm.path .. "/"
  return owner.parent and owner.path:sub(#charm + 1) .. "/" or ""
end

local Keyed = {}
Keyed.__index = Keyed

function Keyed:is_ready()
  return true
end

function Keyed:get(name)
  return self.store:get(self.prefix .. name)
end

function Keyed:set(name, text)
  self.store:set(self.prefix .. name, text)
end

---@param owner ops.Object
function M.unit(owner)
  return setmetatable({
    store = owner.framework.store,
    prefix = "state/" .. prefix_of(owner),
  }, Keyed)
end

---@param owner ops.Object
function M.container(owner)
  return setmetatable({
    store = owner.framework.file_store,
    prefix = prefix_of(owner),
  }, Keyed)
end

local Peer = {}
Peer.__index = Peer

function Peer:bag()
  local relation = self.owner.model:get_relation(self.endpoint)
  return relation and relation.data[self.owner.app]
end

function Peer:is_ready()
  return self:bag() ~= nil
end

function Peer:get(name)
  local bag = self:bag()
  return bag and bag[self.prefix .. name]
end

function Peer:set(name, text)
  local bag = self:bag()
  local happened, hint
  if not bag then
    happened = ("the peer relation '%s' is not there yet")
      :format(self.endpoint)
    hint = "ask state:is_ready() first"
  elseif not self.owner.unit:is_leader() then
    happened = "this unit is not the leader"
    hint = "only the leader writes the application's state; ask "
      .. "self.unit:is_leader() first"
  else
    bag[self.prefix .. name] = text
    return
  end
  errors.raise {
    kind = "state-access",
    tried = ("set %s in the application's state"):format(name),
    happened = happened,
    hint = hint,
  }
end

local function peer_endpoint(owner, options)
  local peers = owner.meta.peers
  local endpoint = options.relation or names.sorted_keys(peers)[1]
  if not peers[endpoint] or not options.relation and next(peers, endpoint) then
    errors.raise {
      kind = "state-lifetime",
      tried = ("keep the state of %s with the lifetime 'app'")
        :format(owner.path),
      happened = ("the peer relations in metadata.yaml are: %s")
        :format(names.listed(peers)),
      hint = "declare one, and name it if there are several: "
        .. "{ lifetime = 'app', relation = 'peer' }",
    }
  end
  return endpoint
end

---@param owner ops.Object
---@param options {relation?: string}
function M.app(owner, options)
  return setmetatable({
    owner = owner,
    endpoint = peer_endpoint(owner, options),
    prefix = prefix_of(owner),
  }, Peer)
end

return M
