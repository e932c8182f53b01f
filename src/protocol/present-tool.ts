/** The tool with which an agent shows something instead of writing it. */
export const presentTool = 'present'
