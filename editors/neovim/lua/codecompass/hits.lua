-- What a search finds, as pickers and lists take it.

local M = {}

---@class codecompass.Item
---@field uri string
---@field file string Absolute.
---@field path string As it is shown.
---@field lnum integer From 1, as all of them.
---@field col integer
---@field end_lnum integer
---@field end_col integer
---@field symbol string
---@field kind string
---@field score number
---@field line string The first line of the text.
---@field text string
---@field range lsp.Range

---@param hit table
---@return codecompass.Item
local function item(hit)
  local from, to = hit.range.start, hit.range['end']
  return {
    uri = hit.uri,
    file = hit.path,
    path = vim.fn.fnamemodify(hit.path, ':~:.'),
    lnum = from.line + 1,
    -- What is found begins behind white space at the most, which is as long in every encoding.
    col = from.character + 1,
    end_lnum = to.line + 1,
    end_col = to.character + 1,
    symbol = hit.symbol,
    kind = hit.kind or '',
    score = hit.score,
    line = vim.trim(hit.text:match('[^\n]*') or ''),
    text = hit.text,
    range = hit.range,
  }
end

---@param result { hits: table[], notes: string[] }
---@return codecompass.Item[], string[] notes
function M.items(result)
  return vim.tbl_map(item, result.hits or {}), result.notes or {}
end

---What it is, in a few words.
---@param found codecompass.Item
---@return string
function M.label(found)
  if found.symbol == '' then
    return found.line
  end
  return found.kind == '' and found.symbol or found.symbol .. ' · ' .. found.kind
end

---@param found codecompass.Item
---@return string
function M.place(found)
  return found.path .. ':' .. found.lnum
end

---@param items codecompass.Item[]
---@param title string
function M.to_quickfix(items, title)
  vim.fn.setqflist({}, ' ', {
    title = title,
    items = vim.tbl_map(function(found)
      return {
        filename = found.file,
        lnum = found.lnum,
        col = found.col,
        end_lnum = found.end_lnum,
        text = ('%s  %.2f  %s'):format(M.label(found), found.score, found.symbol ~= '' and found.line or ''),
      }
    end, items),
  })
end

return M
