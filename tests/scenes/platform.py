"""What the platform does about codes, at the port `QrCodes`: it remembers which code brings which scene back."""

from __future__ import annotations

from handlers.scenes.codes import NoCode


class Codes:
    """Hands out addresses; `away` refuses."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.lives: list[int] = []
        self.away = False

    async def address(self, name: str, seconds: int) -> str:
        if self.away:
            raise NoCode("the test says so")
        url = f"http://weixin.qq.com/q/{len(self.names):08d}"
        self.names[url] = name
        self.lives.append(seconds)
        return url
