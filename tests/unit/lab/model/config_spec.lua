-- SPDX-License-Identifier: Apache-2.0
local configs = require "lab.model.config"

local function application()
  return {
    charm = {
      options = {
        level = { type = "string", default = "info" },
        count = { type = "int", default = 3 },
        ratio = { type = "float" },
        on = { type = "boolean", default = false },
      },
    },
    config = {},
    config_version = 1,
  }
end

describe("config", function()
  it("shows set values over defaults; neither: absent", function()
    local app = application()
    app.config.level = "debug"
    assert.same({ level = "debug", count = 3, on = false },
      configs.effective(app))
  end)

  it("reads texts as the option's type", function()
    local app = application()
    assert(configs.change(app,
      { count = "-7", ratio = "1.5", on = "True", level = "7" }, {}))
    assert.same({ count = -7, ratio = 1.5, on = true, level = "7" },
      app.config)
  end)

  it("takes nothing when one option is wrong", function()
    local app = application()
    local ok, message = configs.change(app,
      { level = "debug", count = "x" }, {})
    assert.is_nil(ok)
    assert.equal('option "count" expected int, got "x"', message)
    assert.same({}, app.config)
    local function refused(texts, reset)
      local changed, why = configs.change(app, texts, reset or {})
      assert.is_nil(changed)
      return why
    end
    assert.equal('unknown option "nope"', refused { nope = "1" })
    assert.equal('unknown option "nope"', refused({}, { "nope" }))
    assert.equal('option "on" expected boolean, got "yes"',
      refused { on = "yes" })
  end)

  it("moves the version only when a value changed", function()
    local app = application()
    configs.change(app, { level = "info" }, {})
    assert.equal(1, app.config_version)
    configs.change(app, { level = "debug" }, {})
    assert.equal(2, app.config_version)
    configs.change(app, {}, { "level" })
    assert.equal(3, app.config_version)
    assert.equal("info", configs.effective(app).level)
  end)
end)
