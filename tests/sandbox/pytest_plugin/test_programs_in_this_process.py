"""A Python program under test finds the test's reader by itself, in the test's own process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

RunPytest = Callable[..., pytest.RunResult]

both_stacks = pytest.mark.parametrize("via", ["embedded", "pcscd"])


@both_stacks
def test_the_resource_manager_of_the_process_is_the_tests_own(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        KIND = {"embedded": "embedded", "pcscd": "pcsc"}

        def test_by_kind_and_by_default(resource_manager, request):
            via = request.config.getoption("scard_via")
            assert resource_manager.kind == KIND[via]
            assert scardmgr.resource_manager() is resource_manager
            assert scardmgr.resource_manager("auto") is resource_manager
            assert scardmgr.resource_manager(KIND[via]) is resource_manager

        def test_nested(reader):
            with scardmgr.SCardManage(scardmgr.resource_manager()) as manage:
                manage.AttachByIFD(reader.name)

        def test_of_another_kind(resource_manager):
            if resource_manager.kind == "pcsc":
                assert scardmgr.resource_manager("embedded") is not resource_manager
                assert scardmgr.resource_manager("embedded").kind == "embedded"

        def test_none_is_given_to_a_test_without_a_card():
            from scardmgr.winscard.selection import resource_manager
            rm = resource_manager("embedded")
            with pytest.raises(SCardError):
                rm.list_readers(rm.establish_context())
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=4)


@both_stacks
def test_programs_on_pyscard(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        from smartcard.CardMonitoring import CardMonitor, CardObserver
        from smartcard.CardRequest import CardRequest
        from smartcard.CardType import AnyCardType
        from smartcard.System import readers
        from smartcard.util import toBytes
        import queue

        def the_program():
            connection = readers()[0].createConnection()
            connection.connect()
            select = connection.transmit(list(SELECT))
            before = connection.transmit(list(READ))
            connection.transmit(list(WRITE))
            return connection, select, before

        @pytest.mark.parametrize("time", [1, 2, 3])
        def test_it(time, reader):
            assert [str(each) for each in readers()][0] == reader.name
            connection, select, before = the_program()
            assert select == ([], 0x90, 0x00)
            assert before[0] != [1, 2, 3, 4]

        def test_beside_ours(reader, card, manage):
            connection, *_ = the_program()
            card.transmit(SELECT)
            assert card.transmit(READ) == WRITTEN

        def test_card_request(reader):
            service = CardRequest(timeout=5, cardType=AnyCardType()).waitforcard()
            service.connection.connect()
            assert bytes(service.connection.getATR()) == bytes.fromhex("3B8B018031F873F7C1FF830590") + b"\\0\\x6F"
            service.connection.disconnect()

        def test_a_monitor_left_running(reader, request):
            seen = queue.Queue()

            class Observer(CardObserver):
                def update(self, observable, handlers):
                    seen.put(handlers)

            CardMonitor().addObserver(Observer())
            while not (added := seen.get(timeout=10)[0]):  # at first it may not have looked yet
                pass
            assert bytes(added[0].atr)[0] == 0x3B

        def test_after_it(reader):
            use(reader, ShareMode.EXCLUSIVE)
        """,
        f"--scard-via={via}",
        "-W",
        "error",
    ).assert_outcomes(passed=7)


def test_without_pyscard_other_programs_have_all_and_this_process_is_told(run_pytest: RunPytest) -> None:
    result = run_pytest(
        """
        sys.modules["smartcard"] = None

        pytestmark = pytest.mark.card("iso7816", via="pcscd")

        @pytest.mark.parametrize("time", [1, 2, 3])
        def test_a_program(time, reader, card):
            card.power_on()
            assert card.transmit(SELECT) == OK
            assert card.transmit(READ) != WRITTEN
            environment = {**os.environ, **reader.environment}
            command = ["opensc-tool", "-s", SELECT.hex(":"), "-s", WRITE.hex(":")]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
            assert done.returncode == 0 and "SW1=0x90, SW2=0x00" in done.stdout
            assert card.transmit(READ) == WRITTEN

        def test_pulled_and_pushed(reader):
            reader.remove()
            reader.insert()

        def test_reset(reader):
            reader.reset()

        def test_manage(manage):
            pass

        def test_resource_manager(resource_manager):
            pass

        @pytest.mark.card("iso7816", via="embedded")
        def test_embedded(manage, reader):
            use(reader)
        """
    )
    result.assert_outcomes(passed=6, errors=2)
    result.stdout.fnmatch_lines(["*real PC/SC needs pyscard*only the fixture reader*"])
    result.stdout.no_fnmatch_line("*sandbox/pytest_plugin*")


def test_other_programs_see_a_reader_only_with_its_environment(run_pytest: RunPytest) -> None:
    run_pytest(
        """
        @pytest.mark.card(via="pcscd")
        def test_its_own(reader):
            assert set(reader.environment) == {"PCSCLITE_CSOCK_NAME"}
            assert "PCSCLITE_CSOCK_NAME" not in os.environ
            reader.environment.clear()
            environment = {**os.environ, **reader.environment}
            done = subprocess.run(["opensc-tool", "-l"], env=environment, capture_output=True, text=True, timeout=30)
            assert reader.name in done.stdout

        def test_that_of_nobody():
            assert "PCSCLITE_CSOCK_NAME" not in os.environ

        @pytest.mark.card(via="pcscd")
        def test_a_second_card_put_by_hand(reader):
            from emulator import Card
            from virtual_reader import insert

            with insert(Card.from_profile("iso7816"), via="pcscd") as second:
                rm = reader.resource_manager
                assert second.resource_manager is rm
                assert rm.list_readers(rm.establish_context()) == [reader.name, second.name]
                assert rm.connect(rm.establish_context(), second.name).handle
                assert second.environment == reader.environment
            use(reader, ShareMode.EXCLUSIVE)
        """
    ).assert_outcomes(passed=3)


@both_stacks
def test_what_a_hand_does(run_pytest: RunPytest, via: str) -> None:
    run_pytest(
        """
        from emulator import Card
        from iso7816.icc import ICC
        from scardmgr.winscard.codes import SCardCode
        from virtual_reader import SlotOccupied

        class Bare:
            def power_on(self):
                return bytes.fromhex("3B00")
            def power_off(self):
                pass
            def reset(self):
                return self.power_on()
            def transmit(self, command):
                return OK

        class Leaving(Bare):
            def transmit(self, command):
                from iso7816.icc import ICCRemoved
                raise ICCRemoved

        def code(call, *arguments):
            with pytest.raises(SCardError) as raised:
                call(*arguments)
            return raised.value.code

        def test_remove_and_insert(reader, card, resource_manager):
            handle = use(reader)
            reader.remove()
            reader.remove()
            assert code(resource_manager.transmit, handle, READ) == SCardCode.SCARD_W_REMOVED_CARD
            context = resource_manager.establish_context()
            assert code(resource_manager.connect, context, reader.name) == SCardCode.SCARD_E_NO_SMARTCARD
            reader.insert()
            with pytest.raises(SlotOccupied, match="remove"):
                reader.insert()
            handle = connect(reader)
            resource_manager.transmit(handle, SELECT)
            assert resource_manager.transmit(handle, READ) == WRITTEN, "the test's own card"

        def test_insert_another(reader, resource_manager):
            reader.remove()
            reader.insert(Bare())
            assert resource_manager.status(connect(reader)).atr == bytes.fromhex("3B00")

        def test_swap(reader, resource_manager):
            reader.swap(Bare())
            assert resource_manager.status(connect(reader)).atr == bytes.fromhex("3B00")

        def test_swap_with_a_handle_open(reader, resource_manager):
            handle = connect(reader)
            reader.swap(Bare())
            assert code(resource_manager.transmit, handle, READ) == SCardCode.SCARD_W_REMOVED_CARD
            resource_manager.disconnect(handle)
            assert resource_manager.status(connect(reader)).atr == bytes.fromhex("3B00")

        def test_reset(reader, card, resource_manager):
            handle = use(reader)
            reader.reset()
            assert code(resource_manager.transmit, handle, READ) == SCardCode.SCARD_W_RESET_CARD
            resource_manager.reconnect(handle)
            assert resource_manager.transmit(handle, READ) == bytes.fromhex("6986"), "nothing is selected"

        def test_no_reset_of_what_is_held(reader, resource_manager):
            handle = connect(reader, ShareMode.EXCLUSIVE)
            assert code(reader.reset) == SCardCode.SCARD_E_SHARING_VIOLATION

        def test_what_is_no_card(reader):
            for wrong in ("iso7816", None, Bare, 3):
                with pytest.raises(Exception, match="which is no card"):
                    reader.swap(wrong)

        @pytest.mark.card(what=Leaving)
        def test_insert_after_a_card_that_left_by_itself(reader, resource_manager):
            handle = connect(reader)
            with pytest.raises(SCardError):
                resource_manager.transmit(handle, READ)
            try:
                resource_manager.disconnect(handle, Disposition.RESET)
            except SCardError:
                pass
            reader.insert(Bare())
            assert resource_manager.status(connect(reader)).atr == bytes.fromhex("3B00")

        def test_contactless_after_contacts(reader, resource_manager):
            from iso7816.contactless import ContactlessIdentity

            class Tag(Bare):
                contactless = ContactlessIdentity(bytes(4))

            assert resource_manager.transmit(connect(reader), bytes.fromhex("FFCA000000"))[-2:] != OK
            reader.swap(Tag())
            assert resource_manager.transmit(connect(reader), bytes.fromhex("FFCA000000")) == bytes(4) + OK
        """,
        f"--scard-via={via}",
    ).assert_outcomes(passed=9)
