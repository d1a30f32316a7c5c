-- SPDX-License-Identifier: Apache-2.0
local containers = require "lab.containers"
local images = require "lab.images"
local paths = require "lab.paths"
local sandbox = require "lab.sandbox"

local MACHINE <const> = { bwrap = "bwrap", proc = { "--proc", "/proc" } }
local UNIT <const> = {
  name = "app/0", address = "127.100.0.1",
  storage = { ["data/0"] = { name = "data" }, ["logs/1"] = { name = "logs" } },
}

local function joined(argv)
  return " " .. table.concat(argv, " ") .. " "
end

describe("images", function()
  it("know the machine's programs, and say what to add", function()
    assert.equal("/", assert(images.find("scratch")).cwd)
    local image, message = images.find("temporalio/server:9")
    assert.is_nil(image)
    assert.matches('image "temporalio/server:9" is unknown here', message, 1,
      true)
    assert.matches("lua/lab/images.lua", message, 1, true)
  end)

  it("run PostgreSQL as its own user", function()
    local image, message = images.find("postgresql")
    if not image then
      return pending(message)
    end
    assert.equal("postgres", image.user.name)
    assert.is_true(image.user.uid ~= 0)
    assert.matches("^/usr/lib/postgresql/%d+/bin:", image.path)
  end)
end)

describe("a container's view", function()
  it("has its own root, its mounts, Pebble's socket, and dies with us",
    function()
      local unit_paths <const> = paths.unit("/data", "m", "app/0")
      local charm <const> = {
        containers = {
          work = { mounts = { { storage = "data", location = "/var/data" } } },
        },
        storage = { data = {}, logs = {} },
      }
      local text = joined(sandbox.container(MACHINE, UNIT, unit_paths, {
        name = "work", rootfs = "/r", local_folder = "/l", etc = "/e",
        image = assert(images.find("scratch")),
        mounts = containers.mounts(charm, UNIT, unit_paths, "work"),
        program = "/bin/lab", command = { "/charm/bin/pebble", "supervise" },
      }))
      for _, part in ipairs {
        "--unshare-user", "--unshare-pid", "--die-with-parent", "--bind /r /",
        "--bind /data/models/m/storage/data-0 /var/data",
        "--bind " .. unit_paths.containers .. "/work /charm/container",
        "--ro-bind /bin/lab /charm/bin/pebble", "--ro-bind /usr /usr",
        "-- /charm/bin/pebble supervise",
      } do
        assert.is_truthy(text:find(" " .. part .. " ", 1, true), part)
      end
      assert.is_falsy(text:find("logs-1", 1, true))
    end)
end)

describe("a hook's view", function()
  it("has the unit's own /charm and /var/lib/juju only", function()
    local unit_paths <const> = paths.unit("/data", "m", "app/0")
    local text = joined(sandbox.hook(MACHINE, UNIT, unit_paths, "/bin/lab",
      { "dispatch" }))
    for _, part in ipairs {
      "--die-with-parent", "--bind " .. unit_paths.charm
        .. " /var/lib/juju/agents/unit-app-0/charm",
      "--ro-bind /bin/lab /var/lib/juju/tools/unit-app-0/jujuc",
      "--bind " .. unit_paths.containers .. " /charm/containers",
      "--bind /data/models/m/storage/logs-1 /var/lib/juju/storage/logs/1",
    } do
      assert.is_truthy(text:find(" " .. part .. " ", 1, true), part)
    end
    assert.is_falsy(text:find("--bind / ", 1, true))
    assert.is_falsy(text:find("--setenv", 1, true))
  end)
end)
