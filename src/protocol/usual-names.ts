/** Whom a message is for where nobody is named. */
export const usualAgent = 'guide'

/** Who chats where nobody has said who it is. */
export const usualUser = 'user'
