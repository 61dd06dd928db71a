-- The conversations of this Neovim: which one is in front, and what is done with it.

local notice = require('codecompass.notice')
local window = require('codecompass.chat.window')

local M = {}

local sessions = {} ---@type codecompass.Session[]
local latest = nil ---@type codecompass.Session?

---@param title? string
---@return codecompass.Session
function M.new(title)
  local session = require('codecompass.chat.session').new(title)
  table.insert(sessions, session)
  latest = session
  return session
end

---@param session codecompass.Session
function M.forget(session)
  sessions = vim.tbl_filter(function(other)
    return other ~= session
  end, sessions)
  if latest == session then
    latest = sessions[#sessions]
  end
end

---The conversation of the current buffer, or the latest.
---@return codecompass.Session?
function M.current()
  local number = vim.b.codecompass_chat
  for _, session in ipairs(sessions) do
    if session.number == number then
      return session
    end
  end
  return latest
end

---@param session codecompass.Session
function M.show(session)
  latest = session
  window.open(session.buffer)
  session:to_prompt()
end

---Asks in a conversation: a new one, unless the last one is gone on with.
---@param message string
---@param subject? table
---@param continue? boolean
function M.ask(message, subject, continue)
  local session = continue and M.current() or nil
  -- An empty conversation is as good as a new one.
  local unused = latest and not latest.conversation and not latest.answer and latest:draft() == ''
  session = session or (unused and latest) or M.new()
  M.show(session)
  session:ask(message, subject)
end

---Goes on in the chat with an answer that was shown elsewhere.
---@param question string
---@param answer codecompass.Answer
function M.adopt(question, answer)
  local session = M.new()
  M.show(session)
  session:adopt(question, answer)
end

local function with_conversation(act)
  local session = M.current()
  if not session or not session.conversation then
    return notice.say('there is no conversation yet')
  end
  act(session)
end

local ACTIONS = {
  open = function()
    M.show(M.current() or M.new())
  end,
  new = function()
    M.show(M.new())
  end,
  stop = function()
    local stopped = false
    for _, session in ipairs(sessions) do
      stopped = stopped or session:is_answering()
      session:stop()
    end
    stopped = require('codecompass.commands.explain').stop() or stopped
    if not stopped then
      notice.say('nothing is being answered')
    end
  end,
  regenerate = function()
    with_conversation(function(session)
      M.show(session)
      session:regenerate()
    end)
  end,
  history = function()
    require('codecompass.chat.history').open(function(conversation)
      for _, session in ipairs(sessions) do
        if session.conversation == conversation.id then
          return M.show(session)
        end
      end
      local session = M.new(conversation.title)
      M.show(session)
      session:load(conversation)
    end)
  end,
  export = function()
    with_conversation(require('codecompass.chat.history').export)
  end,
  rename = function()
    with_conversation(require('codecompass.chat.history').rename)
  end,
  delete = function()
    require('codecompass.chat.history').delete(function(id)
      for _, session in ipairs(vim.list_slice(sessions)) do
        if session.conversation == id then
          vim.api.nvim_buf_delete(session.buffer, { force = true })
        end
      end
    end)
  end,
}

function ACTIONS.toggle()
  local session = M.current()
  if session and window.of(session.buffer) then
    return window.close(session.buffer)
  end
  ACTIONS.open()
end

M.ACTIONS = { 'toggle', 'open', 'new', 'stop', 'regenerate', 'history', 'export', 'rename', 'delete' }

---@param action string
function M.run(action)
  local act = ACTIONS[action]
  if not act then
    return notice.warn(
      ('there is no ":CodeCompass chat %s"; there is %s'):format(action, table.concat(M.ACTIONS, ', '))
    )
  end
  act()
end

return M
