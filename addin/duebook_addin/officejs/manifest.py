"""The manifest: what Office has to know of the add-in before it loads anything of it."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape, quoteattr

from duebook.errors import InputError
from duebook_addin.registry import NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "manifest.xml"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_CHINESE: Final = "zh-CN"


def build_manifest(output: Path, *, url: str) -> Path:
    """Write ``manifest.xml``.

    Args:
        output: The folder to write to; made where missing.
        url: Where the server answers, as Excel reaches it.

    Returns:
        The file.

    Raises:
        InputError: The URL is not one that Office loads an add-in from, or the file cannot be written.
    """
    text = manifest_xml(url)
    file = output / FILE
    try:
        output.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{file}: it cannot be written: {error.strerror}.") from None
    return file


def manifest_xml(url: str) -> str:
    """Return the manifest of the add-in that lies at a URL; see :func:`build_manifest`."""
    base = _checked(url)
    texts = {
        "Short.Namespace": (NAMESPACE, NAMESPACE),
        "Short.Group": ("Duebook", "Duebook"),
        "Short.Button": ("Credit functions", "信用函数"),
        "Long.Button": (
            "Find a credit function, read its help, and see what the server holds.",
            "查找信用函数、阅读说明，并查看服务器上的数据状态。",  # noqa: RUF001 - Chinese punctuation
        ),
        "Short.Started": ("Duebook is ready", "Duebook 已就绪"),
        "Long.Started": (
            f"Sign in from the Home tab, then type ={NAMESPACE}. in a cell.",
            f"在“开始”选项卡登录，然后在单元格中输入 ={NAMESPACE}.",  # noqa: RUF001 - Chinese punctuation
        ),
    }
    urls = {
        "Url.Page": ("taskpane.html", "taskpane.html"),
        "Url.Script": ("functions.js", "functions.js"),
        "Url.Metadata": ("functions.json", "functions.zh.json"),
    }
    images = "".join(
        f'        <bt:Image id="Icon.{size}" DefaultValue={quoteattr(f"{base}/icons/icon-{size}.png")}/>\n'
        for size in (16, 32, 80)
    )
    icon = "".join(f'<bt:Image size="{size}" resid="Icon.{size}"/>' for size in (16, 32, 80))
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<OfficeApp xmlns="http://schemas.microsoft.com/office/appforoffice/1.1"
           xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
           xmlns:bt="http://schemas.microsoft.com/office/officeappbasictypes/1.0"
           xsi:type="TaskPaneApp">
  <Id>{uuid5(NAMESPACE_URL, base)}</Id>
  <Version>1.{_version()}</Version>
  <ProviderName>Duebook</ProviderName>
  <DefaultLocale>en-US</DefaultLocale>
  <DisplayName DefaultValue="Duebook"/>
  <Description DefaultValue="Worksheet functions for trade credit: aging, DSO, terms, interest.">
    <Override Locale="{_CHINESE}" Value="贸易信用的工作表函数：账龄、DSO、账期、逾期利息。"/>
  </Description>
  <IconUrl DefaultValue={quoteattr(f"{base}/icons/icon-32.png")}/>
  <HighResolutionIconUrl DefaultValue={quoteattr(f"{base}/icons/icon-64.png")}/>
  <SupportUrl DefaultValue={quoteattr(f"{base}/taskpane.html")}/>
  <AppDomains>
    <AppDomain>{escape(base)}</AppDomain>
  </AppDomains>
  <Hosts>
    <Host Name="Workbook"/>
  </Hosts>
  <Requirements>
    <Sets DefaultMinVersion="1.1">
      <Set Name="SharedRuntime" MinVersion="1.1"/>
      <Set Name="CustomFunctionsRuntime" MinVersion="1.2"/>
    </Sets>
  </Requirements>
  <DefaultSettings>
    <SourceLocation DefaultValue={quoteattr(f"{base}/taskpane.html")}/>
  </DefaultSettings>
  <Permissions>ReadWriteDocument</Permissions>
  <VersionOverrides xmlns="http://schemas.microsoft.com/office/taskpaneappversionoverrides"
                    xsi:type="VersionOverridesV1_0">
    <Hosts>
      <Host xsi:type="Workbook">
        <Runtimes>
          <Runtime resid="Url.Page" lifetime="long"/>
        </Runtimes>
        <AllFormFactors>
          <ExtensionPoint xsi:type="CustomFunctions">
            <Script><SourceLocation resid="Url.Script"/></Script>
            <Page><SourceLocation resid="Url.Page"/></Page>
            <Metadata><SourceLocation resid="Url.Metadata"/></Metadata>
            <Namespace resid="Short.Namespace"/>
          </ExtensionPoint>
        </AllFormFactors>
        <DesktopFormFactor>
          <GetStarted>
            <Title resid="Short.Started"/>
            <Description resid="Long.Started"/>
            <LearnMoreUrl resid="Url.Page"/>
          </GetStarted>
          <ExtensionPoint xsi:type="PrimaryCommandSurface">
            <OfficeTab id="TabHome">
              <Group id="Duebook.Group">
                <Label resid="Short.Group"/>
                <Icon>{icon}</Icon>
                <Control xsi:type="Button" id="Duebook.Button">
                  <Label resid="Short.Button"/>
                  <Supertip><Title resid="Short.Button"/><Description resid="Long.Button"/></Supertip>
                  <Icon>{icon}</Icon>
                  <Action xsi:type="ShowTaskpane">
                    <TaskpaneId>Duebook.Pane</TaskpaneId>
                    <SourceLocation resid="Url.Page"/>
                  </Action>
                </Control>
              </Group>
            </OfficeTab>
          </ExtensionPoint>
        </DesktopFormFactor>
      </Host>
    </Hosts>
    <Resources>
      <bt:Images>
{images}      </bt:Images>
      <bt:Urls>
{_resources("Url", {key: (f"{base}/{en}", f"{base}/{zh}") for key, (en, zh) in urls.items()})}      </bt:Urls>
      <bt:ShortStrings>
{_resources("String", {key: value for key, value in texts.items() if key.startswith("Short.")})}\
      </bt:ShortStrings>
      <bt:LongStrings>
{_resources("String", {key: value for key, value in texts.items() if key.startswith("Long.")})}\
      </bt:LongStrings>
    </Resources>
  </VersionOverrides>
</OfficeApp>
"""  # noqa: RUF001 - Chinese punctuation


def _resources(kind: str, found: dict[str, tuple[str, str]]) -> str:
    lines = []
    for key, (english, chinese) in found.items():
        start = f'        <bt:{kind} id="{key}" DefaultValue={quoteattr(english)}'
        override = f'<bt:Override Locale="{_CHINESE}" Value={quoteattr(chinese)}/>'
        lines.append(f"{start}/>\n" if english == chinese else f"{start}>{override}</bt:{kind}>\n")
    return "".join(lines)


def _version() -> str:
    """Return three numbers that rise with Duebook's version; Office asks for one of its own before them."""
    numbers = re.findall(r"\d+", version("duebook"))
    return ".".join((*numbers, "0", "0", "0")[:3])


def _checked(url: str) -> str:
    hint = "Write it as Excel reaches the server, such as https://credit.example:8443."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"url: {url!r} is no URL.", hint=hint) from None
    if not host or parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
        raise InputError(f"url: {url!r} is not scheme, host and port alone.", hint=hint)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise InputError(f"url: {url!r} is not https; Office loads an add-in from nothing else.", hint=hint)
    if not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", host):
        raise InputError(f"url: {host!r} is no host.", hint=hint)
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + ("" if port is None else f":{port}")
