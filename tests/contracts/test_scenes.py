"""QR codes that were shown to somebody, and the tags of chats."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.ports.records import Scene, SceneState, TagChange
from storage.ports.repositories import Store
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_user, together

NAME = "lg" + "x" * 40


def a_scene(**changes: object) -> Scene:
    """A code for a browser, good for five minutes."""
    scene = Scene("", "login", {"place": "Chrome · Windows"}, START, START + 5 * MINUTE)
    return replace(scene, **changes)  # type: ignore[arg-type]


async def put(store: Store, name: str = NAME, holder: str = "cookie", word: str = "482913", **changes: object) -> Scene:
    """A stored code, as it reads."""
    async with store.transaction() as tx:
        assert await tx.scenes.add(name, a_scene(**changes), holder, word)
    async with store.reading() as tx:
        found = await tx.scenes.find(name, START)
    assert found is not None
    return found


async def test_a_code_is_found_by_each_of_its_names(store: Store) -> None:
    """By what it holds, by the word, by the browser and by its id; another's names find nothing, and the id is none of them."""
    scene = await put(store)
    assert (scene.purpose, scene.params, scene.state) == ("login", {"place": "Chrome · Windows"}, SceneState.NEW)
    async with store.reading() as tx:
        assert await tx.scenes.find_word("482913", START) == scene
        assert await tx.scenes.of_holder("cookie", START) == scene
        assert await tx.scenes.get(scene.id, START) == scene
        assert await tx.scenes.find(scene.id, START) is None
        assert await tx.scenes.find_word("482914", START) is None
        assert await tx.scenes.of_holder("another", START) is None


async def test_a_code_is_over_at_its_end(store: Store, clock: FakeClock) -> None:
    """At the moment of its end nothing finds, takes or moves it."""
    scene = await put(store)
    over = START + 5 * MINUTE
    async with store.transaction() as tx:
        assert await tx.scenes.find(NAME, over) is None
        assert await tx.scenes.find_word("482913", over) is None
        assert await tx.scenes.of_holder("cookie", over) is None
        assert await tx.scenes.take(scene.id, "oOne", over, over + MINUTE) is None
        assert await tx.scenes.move(scene.id, SceneState.NEW, SceneState.USED, over) is None


async def test_a_word_in_use_is_not_given_twice(store: Store) -> None:
    """A second code with the same word or name is refused while the first lives, and taken when it is over."""
    await put(store)
    async with store.transaction() as tx:
        assert not await tx.scenes.add("another", a_scene(), "b", "482913")
        assert not await tx.scenes.add(NAME, a_scene(), "b", "111111")
        later = START + 5 * MINUTE
        assert await tx.scenes.add("another", a_scene(created_at=later, expires_at=later + MINUTE), "b", "482913")


async def test_many_codes_need_no_word(store: Store) -> None:
    """Codes without a word stand beside each other."""
    async with store.transaction() as tx:
        assert await tx.scenes.add("one", a_scene(), "a")
        assert await tx.scenes.add("two", a_scene(), "b")


async def test_the_first_chat_takes_it(store: Store) -> None:
    """The first chat has it and the time that goes with it; another gets nothing; again by the first is the same and no longer."""
    scene = await put(store)
    until = START + 9 * MINUTE
    async with store.transaction() as tx:
        taken = await tx.scenes.take(scene.id, "oOne", START, until)
        assert taken is not None
        assert (taken.openid, taken.state, taken.expires_at) == ("oOne", SceneState.TAKEN, until)
        assert await tx.scenes.take(scene.id, "oTwo", START, until) is None
        assert await tx.scenes.take(scene.id, "oOne", START, until + MINUTE) == taken


async def test_many_at_once_take_it_once(store: Store) -> None:
    """Of five chats at the same moment one has it."""
    scene = await put(store)

    async def take(number: int) -> bool:
        async with store.transaction() as tx:
            return await tx.scenes.take(scene.id, f"o{number}", START, START + MINUTE) is not None

    outcomes = await together(take(number) for number in range(5))
    assert [one is True for one in outcomes].count(True) == 1, outcomes


async def test_it_moves_on_once(store: Store) -> None:
    """From the state that was expected, and from no other; of five at once one moves it."""
    scene = await put(store)
    async with store.transaction() as tx:
        await tx.scenes.take(scene.id, "oOne", START, START + MINUTE)
        assert await tx.scenes.move(scene.id, SceneState.NEW, SceneState.AGREED, START) is None
        assert await tx.scenes.move(scene.id, SceneState.TAKEN, SceneState.AGREED, START) is not None

    async def use() -> bool:
        async with store.transaction() as tx:
            return await tx.scenes.move(scene.id, SceneState.AGREED, SceneState.USED, START) is not None

    outcomes = await together(use() for _ in range(5))
    assert [one is True for one in outcomes].count(True) == 1, outcomes
    async with store.reading() as tx:
        assert await tx.scenes.of_holder("cookie", START) is None


async def test_what_is_used_gives_its_word_free(store: Store) -> None:
    """The word of a used code finds nothing and may be given again."""
    scene = await put(store)
    async with store.transaction() as tx:
        await tx.scenes.move(scene.id, SceneState.NEW, SceneState.USED, START)
        assert await tx.scenes.find_word("482913", START) is None
        assert await tx.scenes.add("another", a_scene(), "b", "482913")


async def test_a_browser_shows_the_newest(store: Store) -> None:
    """Of two codes of one browser the newer is found; dropping them leaves none, and twice is once."""
    await put(store)
    async with store.transaction() as tx:
        await tx.scenes.add("newer", a_scene(created_at=START + timedelta(seconds=1), params={"n": "2"}), "cookie", "1")
        found = await tx.scenes.of_holder("cookie", START)
        assert found is not None
        assert found.params == {"n": "2"}
        await tx.scenes.drop_of("cookie")
        await tx.scenes.drop_of("cookie")
        assert await tx.scenes.of_holder("cookie", START) is None


async def test_old_codes_are_tidied_away(store: Store, clock: FakeClock) -> None:
    """Expired rows go, living ones stay."""
    await put(store)
    await put(store, "living", "b", "1", expires_at=START + 60 * MINUTE)
    clock.advance(360)
    assert await store.tidy() == 1
    async with store.reading() as tx:
        assert await tx.scenes.find("living", clock.now()) is not None


async def test_what_a_chat_took_goes_with_it(store: Store) -> None:
    """Forgetting a chat deletes the codes that it took and its tag."""
    scene = await put(store)
    async with store.transaction() as tx:
        await tx.users.save(a_user("oOne"))
        await tx.scenes.take(scene.id, "oOne", START, START + MINUTE)
        await tx.tags.want("oOne", "person", START)
        await tx.users.forget("oOne")
        assert await tx.scenes.get(scene.id, START) is None
        assert await tx.tags.due(10) == ()


async def test_a_tag_is_due_until_it_is_told(store: Store) -> None:
    """Wanted, due; told, not; another wanted meanwhile stays due; none wanted and none told leaves no row."""
    async with store.transaction() as tx:
        assert await tx.tags.want("oOne", "person", START)
        assert await tx.tags.want("oTwo", "retiree", START + MINUTE)
        assert await tx.tags.due(10) == (TagChange("oOne", "person", ""), TagChange("oTwo", "retiree", ""))
        assert await tx.tags.due(1) == (TagChange("oOne", "person", ""),)
        await tx.tags.told("oOne", "person")
        assert not await tx.tags.want("oOne", "person", START)
        assert await tx.tags.one_with("person") == "oOne"
        assert await tx.tags.one_with("retiree") is None
        assert await tx.tags.want("oTwo", "person", START)
        await tx.tags.told("oTwo", "retiree")
        assert await tx.tags.due(10) == (TagChange("oTwo", "person", "retiree"),)


async def test_no_tag_is_wanted_again(store: Store) -> None:
    """Taking a tag away that the platform knows is due; one that it never got is not."""
    async with store.transaction() as tx:
        assert not await tx.tags.want("oNew", "", START)
        assert await tx.tags.want("oOne", "person", START)
        assert not await tx.tags.want("oOne", "", START)
        await tx.tags.want("oOne", "person", START)
        await tx.tags.told("oOne", "person")
        assert await tx.tags.want("oOne", "", START)
        await tx.tags.told("oOne", "")
        assert await tx.tags.due(10) == ()
