"""Accounts are taken only with the right check digits, whatever the way they are written."""

from __future__ import annotations

import pytest

from plugin.domain.bank import Account, AccountError, parse_account

GOOD = [
    ("ES91 2100 0418 4502 0005 1332", "iban"),
    ("iban: de89-3704-0044-0532-0130-00".replace(":", ""), "iban"),
    ("GB82 WEST 1234 5698 7654 32", "iban"),
    ("032180000118359719", "clabe"),
    ("2850590940090418135201", "cbu"),
]


@pytest.mark.parametrize(("text", "kind"), GOOD)
def test_an_account_is_recognised_by_itself(text: str, kind: str) -> None:
    assert parse_account(text).kind == kind


@pytest.mark.parametrize("text", [text for text, _ in GOOD])
def test_one_wrong_digit_is_found(text: str) -> None:
    """Any single digit of any account, by the next higher one."""
    for at, sign in enumerate(text):
        if sign.isdecimal():
            wrong = f"{text[:at]}{(int(sign) + 1) % 10}{text[at + 1 :]}"
            with pytest.raises(AccountError, match="account_check"):
                parse_account(wrong)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "account_missing"),
        ("  - ", "account_missing"),
        ("4111 1111 1111 1111", "account_unknown"),
        ("ES91", "account_unknown"),
        ("ES91 2100 0418 4502 0005 133", "account_check"),
        ("<script>", "account_unknown"),
        ("٠٣٢١٨٠٠٠٠١١٨٣٥٩٧١٩", "account_unknown"),
    ],
)
def test_what_is_no_account_is_said(text: str, code: str) -> None:
    with pytest.raises(AccountError) as refused:
        parse_account(text)

    assert refused.value.code == code


def test_only_the_end_is_shown() -> None:
    account = parse_account("ES91 2100 0418 4502 0005 1332")

    assert account.masked == "IBAN ES•••• 1332"
    assert account.grouped == "ES91 2100 0418 4502 0005 1332"
    assert "2100" not in repr(account)
    assert Account("clabe", "032180000118359719").masked == "CLABE •••• 9719"
