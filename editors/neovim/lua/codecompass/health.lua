-- `:checkhealth codecompass`: everything that has to be right, with what to do about what is not.

local options = require('codecompass.options')
local server = require('codecompass.server')

local health = vim.health

local M = {}

-- The program may look at model hosts that do not answer.
local WITHIN = 30 * 1000

local function check_neovim()
  health.start('Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim ' .. tostring(vim.version()), 'Neovim 0.11 or newer is needed')
  end
  local mistakes = options.mistakes()
  for _, mistake in ipairs(mistakes) do
    health.warn('options: ' .. mistake, ':help codecompass-options')
  end
  if #mistakes == 0 then
    health.ok('no mistakes in the options')
  end
  if not options.get().enabled then
    health.warn('the option "enabled" is false', 'the server starts with the first command only')
  end
end

---@param arguments string[]
---@return string? output, string? problem
local function call(arguments)
  local ok, run = pcall(vim.system, arguments, { text = true, cwd = vim.fn.getcwd() })
  if not ok then
    return nil, tostring(run)
  end
  local done = run:wait(WITHIN)
  if done.code ~= 0 and (done.stdout or '') == '' then
    return nil, vim.trim(done.stderr or '')
  end
  return done.stdout
end

---@return string? path
local function check_program()
  health.start('Program')
  local path, problem = server.program()
  if not path then
    health.error(problem or 'no program', {
      'Build it: `cargo install --locked --path server` in a checkout of CodeCompass',
      "Or name it: `vim.g.codecompass = { cmd = '/path/to/codecompass' }`",
    })
    return nil
  end
  local output, failure = call({ path, '--version' })
  local version = (output or ''):match('%d+%.%d+%.%d+%S*')
  if not version then
    health.error(path .. ' does not say its version: ' .. (failure or vim.trim(output or '')), 'Is it CodeCompass?')
    return nil
  end
  if server.is_new_enough(version) then
    health.ok(('%s: codecompass %s'):format(path, version))
  else
    health.error(('%s: codecompass %s'):format(path, version), 'Install ' .. server.OLDEST .. ' or newer')
  end
  return path
end

local function check_server()
  health.start('Server')
  local client = server.client()
  if not client then
    health.warn('the server does not run', {
      'Open a file of a project: a folder with ' .. table.concat(options.get().root_markers, ' or '),
      ':CodeCompass log shows what it wrote, should it have ended',
    })
    return
  end
  if not client.initialized then
    return health.warn('the server starts', 'wait a moment and check again')
  end
  health.ok(('it runs, positions in %s'):format(client.offset_encoding))
  if not vim.tbl_get(client.capabilities, 'experimental', 'codecompass') then
    health.warn(
      'it does not know of the plugin',
      "another `vim.lsp.config('codecompass', …)` replaces 'capabilities'"
    )
  end
  local reply = client:request_sync('codecompass/status', vim.empty_dict(), 5000)
  if not reply or reply.err then
    return health.error('it does not say how it is', ':CodeCompass log')
  end
  for _, folder in ipairs(reply.result.folders) do
    local files = folder.files or {}
    health.info(
      ('%s: %s, %d files indexed of %d'):format(folder.workspace, folder.phase, files.indexed or 0, files.seen or 0)
    )
    for _, problem in ipairs(folder.errors or {}) do
      health.warn(problem)
    end
  end
  if #reply.result.folders == 0 then
    health.warn('no folder is open', 'open a file of a project')
  end
end

-- What the program itself finds, of the index and of the hosts where models run.
---@param path string
local function check_hosts(path)
  health.start('Index and model hosts')
  local output, failure = call({ path, 'doctor', '--json' })
  local ok, report = pcall(vim.json.decode, output or '', { luanil = { object = true } })
  if not ok or type(report) ~= 'table' then
    return health.warn('`codecompass doctor` failed: ' .. (failure or ''), 'run it in a terminal')
  end
  for _, finding in ipairs(report.findings or {}) do
    local text = finding.about .. ': ' .. finding.message
    if finding.level == 'ok' then
      health.ok(text)
    elseif finding.level == 'warning' then
      health.warn(text, finding.fix)
    else
      health.error(text, finding.fix)
    end
  end
  for _, host in ipairs(report.hosts or {}) do
    local names = vim.tbl_map(function(model)
      return type(model) == 'table' and model.name or tostring(model)
    end, host.models or {})
    if #names > 0 then
      health.info(('models on %s: %s'):format(host.name, table.concat(names, ', ')))
    end
  end
end

local function check_pickers()
  health.start('Pickers')
  local pickers = require('codecompass.pickers')
  for _, name in ipairs(pickers.LIVE) do
    local usable = pickers.is_usable(name)
    health.info(('%s: %s'):format(name, usable and 'searches while one types' or 'is not installed or not set up'))
  end
  local chosen = pickers.chosen()
  health.ok('in use: ' .. (chosen == 'select' and 'vim.ui.select' or chosen))
end

function M.check()
  check_neovim()
  local path = check_program()
  check_server()
  if path then
    check_hosts(path)
  end
  check_pickers()
end

return M
