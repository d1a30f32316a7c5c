-- SPDX-License-Identifier: Apache-2.0
-- Verbs about applications: deploy, refresh, config, remove.
local charms = require "lab.charms"
local configs = require "lab.model.config"
local fs = require "host.fs"
local images = require "lab.images"
local models = require "lab.model"
local names = require "lab.names"
local refresh = require "lab.model.refresh"
local relations = require "lab.model.relations"
local removal = require "lab.model.removal"
local unitfiles = require "lab.unitfiles"
local units = require "lab.api.units"

local M = {}

local function is_path(text)
  return text:find("/", 1, true) or text:find("%.charm$")
end

-- Where the charm comes from: a file, or the lab's store.
local function locate(call)
  if is_path(call.charm) then
    return { path = call.charm, from = "local", resources = {} }
  end
  local path, resources = charms.find(call.charm)
  if not path then
    return nil, resources
  end
  return { path = path, from = "charmhub", resources = resources }
end

local function read(world, path)
  local folder <const> = world.folder .. "/charms/unpacking"
  assert(fs.remove_all(folder))
  local charm, message = charms.unpack(world.machine, path, folder)
  assert(fs.remove_all(folder))
  return charm, message
end

-- Every container's image must be known, or nothing is deployed.
local function check_images(charm, resources)
  local missing <const> = {}
  for _, container in names.each(charm.containers) do
    local image <const> = container.resource and resources[container.resource]
    if container.resource and not image then
      missing[#missing + 1] = container.resource
    elseif image then
      local ok, message = images.find(image)
      if not ok then
        return nil, message
      end
    end
  end
  if #missing > 0 then
    return nil, "local charm missing OCI images for: "
      .. table.concat(missing, ", ")
  end
  return true
end

local function add(world, call, charm, source)
  local resources <const> = {}
  for _, given in ipairs { source.resources, call.resources or {} } do
    for name, image in pairs(given) do
      resources[name] = image
    end
  end
  local application, message = models.add_application(world.model, {
    name = call.name or charm.name,
    charm = charm,
    origin = {
      charm = charm.name, from = source.from,
      channel = call.channel or (source.from == "charmhub" and "latest/stable"
        or ""),
    },
    config = call.config or {},
    resources = resources,
    trust = call.trust,
  })
  if not application then
    return nil, message
  end
  local ok, why = check_images(charm, resources)
  if not ok then
    world.model.applications[application.name] = nil
    return nil, why
  end
  return application
end

M.deploy = function(controller, call)
  local world, message = controller:world(call)
  local source, source_why = locate(call)
  if not world or not source then
    return nil, message or source_why
  end
  local charm, why = read(world, source.path)
  if not charm then
    return nil, why
  end
  local application, refused = add(world, call, charm, source)
  if not application then
    return nil, refused
  end
  local name <const> = application.name
  local copied, copy_why = fs.copy(source.path,
    unitfiles.archive(world.data, world.model.name, name))
  if not copied then
    world.model.applications[name] = nil
    return nil, copy_why
  end
  relations.add_peers(world.model, application)
  units.add(world, application, call.units or 1)
  world:save()
  return {
    application = name, charm = charm.name, from = source.from,
    channel = application.origin.channel,
  }
end

local function of(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local application, why = models.application(world.model, call.application)
  if not application then
    return nil, why
  end
  return world, application
end

M.config = function(controller, call)
  local world, application = of(controller, call)
  if not world then
    return nil, application
  end
  if call.set or call.reset then
    local ok, why =
      configs.change(application, call.set or {}, call.reset or {})
    if not ok then
      return nil, why
    end
    world:save()
  end
  local settings <const> = {}
  local effective <const> = configs.effective(application)
  for name, option in pairs(application.charm.options) do
    settings[name] = {
      value = effective[name],
      default = option.default,
      type = option.type,
      source = application.config[name] ~= nil and "user"
        or option.default ~= nil and "default" or "unset",
    }
  end
  return {
    application = application.name, charm = application.charm.name,
    settings = settings,
  }
end

M.trust = function(controller, call)
  local world, application = of(controller, call)
  if not world then
    return nil, application
  end
  application.trust = not call.remove
  application.config_version = application.config_version + 1
  world:save()
  return { trust = application.trust }
end

M["show-application"] = function(controller, call)
  local world, application = of(controller, call)
  if not world then
    return nil, application
  end
  local bindings <const> = { [""] = "alpha" }
  for name in pairs(application.charm.endpoints) do
    bindings[name] = "alpha"
  end
  return {
    [application.name] = {
      charm = application.origin.charm,
      channel = application.origin.channel ~= "" and application.origin.channel
        or nil,
      ["charm-origin"] = application.origin.from,
      principal = true,
      exposed = false,
      remote = false,
      life = application.life,
      trust = application.trust or nil,
      resources = next(application.resources) and application.resources or nil,
      ["endpoint-bindings"] = bindings,
    },
  }
end

-- Without a path, the charm is the one of the same name in the lab's store.
M.refresh = function(controller, call)
  local world, application = of(controller, call)
  if not world then
    return nil, application
  end
  local source, source_why =
    locate { charm = call.charm or application.charm.name }
  local charm, why
  if source then
    charm, why = read(world, source.path)
  end
  if not charm then
    return nil, source_why or why
  end
  local resources <const> = {}
  for _, given in ipairs { source.resources, application.resources,
    call.resources or {} } do
    for name, image in pairs(given) do
      resources[name] = charm.resources[name] and image
        or call.resources and call.resources[name]
    end
  end
  local ok, refused = check_images(charm, resources)
  if ok then
    ok, refused = refresh.run(world.model, application, charm, resources)
  end
  if not ok then
    return nil, refused
  end
  assert(fs.copy(source.path,
    unitfiles.archive(world.data, world.model.name, application.name)))
  application.origin.from = source.from
  world:save()
  return { application = application.name, charm = charm.name,
    from = source.from }
end

M["remove-application"] = function(controller, call)
  local world, application = of(controller, call)
  if not world then
    return nil, application
  end
  local its <const> = models.units_of(world.model, application.name)
  removal.application(world.model, application, call.force)
  return {
    application = application.name, units = units.remove(world, its, call),
  }
end

return M
