-- The one server of this Neovim: where its program is, in which folders it works, what happens when it ends.

local options = require('codecompass.options')

local M = {}

M.NAME = 'codecompass'
-- The oldest server that has all this plugin asks for.
M.OLDEST = '0.1.0'

-- A server that breaks down more often than this in a minute is left alone.
local RESTARTS, MINUTE = 3, 60 * 1000
local STARTS_WITHIN = 15 * 1000

local pending = {} ---@type table<integer, string[]> Folders to be added once the client is ready.
local waiting = {} ---@type fun(client?: vim.lsp.Client, problem?: string)[]
local breakdowns = {} ---@type number[]
local enabled = false
local complained = false

---@return vim.lsp.Client?
function M.client()
  for _, client in ipairs(vim.lsp.get_clients({ name = M.NAME })) do
    if not client:is_stopped() then
      return client
    end
  end
end

---The program, or why it cannot be used.
---@return string? path, string? problem
function M.program()
  local name = options.get().cmd[1] --[[@as string]]
  local path = vim.fn.exepath(name)
  if path ~= '' then
    return path
  end
  local where = name:find('[/\\]') and 'there is no program ' .. name or '"' .. name .. '" is not on the PATH'
  return nil, where .. '; install it, or say where it is with the option "cmd" (:help codecompass-install)'
end

---@param version string?
---@return boolean
function M.is_new_enough(version)
  local found, oldest = vim.version.parse(version or ''), vim.version.parse(M.OLDEST)
  return found ~= nil and oldest ~= nil and vim.version.ge(found, oldest)
end

---The project's folder of a buffer.
---@param buffer integer
---@return string?
local function root_of(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if name == '' or name:find('^%a[%w+.-]+://') then
    return nil
  end
  local client = M.client()
  if client and name:find('/codecompass/answers/', 1, true) then
    -- An answer belongs to the server that wrote it, so that its citations can be followed.
    return client.root_dir
  end
  return vim.fs.root(buffer, options.get().root_markers)
end

---Another folder for a server that runs.
---@param client vim.lsp.Client
---@param folder string
local function add_folder(client, folder)
  for _, known in ipairs(client.workspace_folders or {}) do
    if known.name == folder then
      return
    end
  end
  if not client.initialized then
    pending[client.id] = pending[client.id] or {}
    table.insert(pending[client.id], folder)
    return
  end
  local added = { uri = vim.uri_from_fname(folder), name = folder }
  client.workspace_folders = client.workspace_folders or {}
  table.insert(client.workspace_folders, added)
  client:notify('workspace/didChangeWorkspaceFolders', { event = { added = { added }, removed = {} } })
end

---@param client vim.lsp.Client
---@param config vim.lsp.ClientConfig
---@return boolean
local function reuse(client, config)
  if client.name ~= M.NAME or client:is_stopped() then
    return false
  end
  if type(config.root_dir) == 'string' then
    add_folder(client, config.root_dir)
  end
  return true
end

---@param client? vim.lsp.Client
---@param problem? string
local function answer_waiting(client, problem)
  local callbacks = waiting
  waiting = {}
  for _, callback in ipairs(callbacks) do
    callback(client, problem)
  end
end

---@param client vim.lsp.Client
local function ready(client)
  for _, folder in ipairs(pending[client.id] or {}) do
    add_folder(client, folder)
  end
  pending[client.id] = nil
  local version = (client.server_info or {}).version
  if not M.is_new_enough(version) then
    local message = 'CodeCompass: the server is version %s, this plugin needs %s or newer'
    vim.notify(message:format(version or '?', M.OLDEST), vim.log.levels.WARN)
  end
  vim.schedule(function()
    answer_waiting(client)
  end)
end

---@param code integer
---@param signal integer
---@param id integer
local function ended(code, signal, id)
  pending[id] = nil
  vim.schedule(function()
    if vim.v.exiting ~= vim.NIL then
      return
    end
    require('codecompass.request').fail_all(id, 'the server ended; :CodeCompass log says why')
    require('codecompass.status').forget()
    -- 15 and 2 come from whoever stops it on purpose.
    local meant = (code == 0 and signal == 0) or signal == 15 or signal == 2 or code == 143 or code == 130
    if meant then
      return answer_waiting(nil, 'the server was stopped')
    end
    local now = vim.uv.now()
    breakdowns = vim.tbl_filter(function(moment)
      return now - moment < MINUTE
    end, breakdowns)
    table.insert(breakdowns, now)
    if not options.get().restart or #breakdowns > RESTARTS then
      local message = 'the server ended (code %d, signal %d) and is not started again; :CodeCompass log says why, '
        .. ':CodeCompass restart tries it anew'
      message = message:format(code, signal)
      vim.notify('CodeCompass: ' .. message, vim.log.levels.ERROR)
      return answer_waiting(nil, message)
    end
    vim.notify('CodeCompass: the server broke down and is started again', vim.log.levels.WARN)
    M.attach_all()
  end)
end

---The configuration as `vim.lsp.config` has it.
---@return vim.lsp.Config
function M.config()
  local chosen = options.get()
  return {
    cmd = chosen.cmd,
    filetypes = chosen.filetypes,
    root_dir = function(buffer, start)
      local root = root_of(buffer)
      if not root then
        return
      end
      if not M.program() then
        return M.complain()
      end
      start(root)
    end,
    reuse_client = reuse,
    capabilities = { experimental = { codecompass = true } },
    settings = { codecompass = chosen.settings },
    handlers = {
      ['codecompass/chatDelta'] = function(_, params)
        require('codecompass.answer').delta(params)
      end,
      ['codecompass/status'] = function(_, params)
        require('codecompass.status').update(params)
      end,
    },
    commands = require('codecompass.actions'),
    on_init = ready,
    on_exit = ended,
  }
end

---Says once that there is no program.
function M.complain()
  if complained then
    return
  end
  complained = true
  local _, problem = M.program()
  vim.schedule(function()
    vim.notify('CodeCompass: ' .. (problem or 'no program'), vim.log.levels.WARN)
  end)
end

---Gives the server to all buffers that are files of a project.
function M.attach_all()
  vim.lsp.enable(M.NAME)
  if vim.v.vim_did_enter == 0 then
    -- Until then `vim.lsp.enable` waits for files yet to come, and one is there already.
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype ~= '' then
        vim.api.nvim_exec_autocmds('FileType', { group = 'nvim.lsp.enable', buffer = buffer })
      end
    end
  end
end

---Starts the server with the first file of a project; called once there is a file.
function M.enable()
  if not enabled and options.get().enabled then
    enabled = true
    M.attach_all()
  end
end

---Starts the server in the project of the current buffer, or of the current folder.
---@return string? problem
local function start()
  local _, problem = M.program()
  if problem then
    return problem
  end
  local buffer = vim.api.nvim_get_current_buf()
  local root = root_of(buffer) or vim.fs.root(vim.fn.getcwd(), options.get().root_markers)
  if not root then
    local markers = table.concat(options.get().root_markers, ' or ')
    return ('%s is in no project: no folder above it has %s'):format(vim.fn.fnamemodify(vim.fn.getcwd(), ':~'), markers)
  end
  local config = vim.deepcopy(vim.lsp.config.codecompass) --[[@as vim.lsp.ClientConfig]]
  config.root_dir = root
  vim.lsp.start(config, { attach = false, reuse_client = reuse })
  M.enable()
end

---Calls back with the server as soon as it is ready; starts it when there is none.
---@param callback fun(client?: vim.lsp.Client, problem?: string)
function M.with(callback)
  local client = M.client()
  if client and client.initialized then
    return callback(client)
  end
  local done = false
  local function once(found, problem)
    if not done then
      done = true
      callback(found, problem)
    end
  end
  table.insert(waiting, once)
  local problem = not client and start() or nil
  if problem then
    return answer_waiting(nil, problem)
  end
  vim.defer_fn(function()
    once(nil, 'the server does not get ready; :CodeCompass log may say why')
  end, STARTS_WITHIN)
end

---Ends the server and starts it again, with options read anew.
function M.restart()
  breakdowns, complained = {}, false
  local client = M.client()
  M.forget_config()
  if not client then
    return M.attach_all()
  end
  client:stop()
  local tries = 0
  local function again()
    tries = tries + 1
    if vim.lsp.get_client_by_id(client.id) and tries < 100 then
      if tries == 60 then
        client:stop(true)
      end
      return vim.defer_fn(again, 50)
    end
    M.attach_all()
  end
  again()
end

---Has the next start read the options again.
function M.forget_config()
  if package.loaded['vim.lsp'] then
    vim.lsp.config(M.NAME, {})
  end
end

---Tells a server that runs of options that changed.
function M.reconfigure()
  M.forget_config()
  local client = M.client()
  if client then
    client.settings = { codecompass = options.get().settings }
    client:notify('workspace/didChangeConfiguration', { settings = client.settings })
  end
end

return M
