"""What the page says on which people sign in."""

from libs.contracts.texts.text import Text

SIGN_IN = {
    "SIGN_IN_TITLE": Text("Sign in", "Đăng nhập"),
    "SIGN_IN_BY_LINK": Text(
        "Your one-time link is good. It is spent when you go on.",
        "Liên kết một lần hợp lệ và sẽ hết hiệu lực khi bạn tiếp tục.",
    ),
    "SIGN_IN_GO_ON": Text("Sign in with this link", "Đăng nhập bằng liên kết này"),
    "SIGN_IN_TOKEN": Text("Token", "Mã truy cập"),
    "SIGN_IN_TOKEN_HINT": Text(
        "Paste a token. On this machine `sluice token` makes one, and `sluice sign-in` a one-time link.",
        "Dán mã truy cập. Trên máy này, `sluice token` tạo mã và `sluice sign-in` tạo liên kết một lần.",
    ),
    "SIGN_IN_WITH_TOKEN": Text("Sign in with a token", "Đăng nhập bằng mã truy cập"),
    "SIGN_IN_WITH": Text("Sign in with {name}", "Đăng nhập bằng {name}"),
    "SIGN_IN_OR": Text("or with a token:", "hoặc bằng mã truy cập:"),
    "SIGN_IN_LEFT": Text("You have signed out of the console.", "Bạn đã đăng xuất khỏi bảng điều khiển."),
    "SIGN_IN_LEAVE_PROVIDER": Text("Sign out of {name}, too", "Đăng xuất cả khỏi {name}"),
    "SIGN_IN_REFUSED": Text("Nobody was signed in: {reason}", "Không đăng nhập được: {reason}"),
    "SIGN_IN_NO_RIGHT": Text(
        "the token allows nothing here; it takes jobs:read", "mã truy cập không có quyền ở đây; cần quyền jobs:read"
    ),
}
