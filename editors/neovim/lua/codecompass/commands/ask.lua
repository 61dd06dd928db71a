-- `:[RANGE]CodeCompass ask [QUESTION]`: asks in the chat; with `!` in the conversation that is there.

local notice = require('codecompass.notice')
local place = require('codecompass.place')

local M = {}

---@param question? string
---@param subject? table
---@param continue? boolean
function M.about(question, subject, continue)
  if question and vim.trim(question) ~= '' then
    return require('codecompass.chat').ask(question, subject, continue)
  end
  vim.ui.input({ prompt = subject and 'Ask about this: ' or 'Ask: ' }, function(typed)
    if typed and vim.trim(typed) ~= '' then
      require('codecompass.chat').ask(typed, subject, continue)
    end
  end)
end

---@param question? string
---@param options? { range?: codecompass.Lines, continue?: boolean }
function M.run(question, options)
  options = options or {}
  local subject = nil
  if options.range then
    local uri, problem = place.current_uri()
    if not uri then
      return notice.warn(problem or '')
    end
    subject = { uri = uri, range = place.range(options.range) }
  end
  M.about(question, subject, options.continue)
end

function M.command(rest, call)
  M.run(rest, { range = place.of_range(call), continue = call.bang })
end

return M
