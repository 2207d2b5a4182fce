Attribute VB_Name = "DuebookServer"
' Starts the Python that answers the worksheet functions, and holds on to it.
'
' Which program that is stands in this add-in's own hidden sheet and nowhere else: no workbook and no file
' beside it chooses what runs. So does the configuration; without one there, Duebook itself takes the one that
' DUEBOOK_CONFIG names. xlwings' library starts the program, without a command interpreter, so that nothing in
' a path is ever a command.

Option Explicit
Option Private Module

' The library's name has its version in it: that of the xlwings package, which Duebook pins.
#If Win64 Then
    Private Const LIBRARY As String = "xlwings64-0.37.8.dll"
    Private Declare PtrSafe Function ActivateServer Lib "xlwings64-0.37.8.dll" Alias "XLPyDLLActivateAuto" _
        (ByRef result As Variant, ByVal command As String, ByVal mode As Long) As Long
#Else
    Private Const LIBRARY As String = "xlwings32-0.37.8.dll"
    Private Declare PtrSafe Function ActivateServer Lib "xlwings32-0.37.8.dll" Alias "XLPyDLLActivateAuto" _
        (ByRef result As Variant, ByVal command As String, ByVal mode As Long) As Long
#End If
Private Declare PtrSafe Function LoadLibrary Lib "kernel32" Alias "LoadLibraryW" _
    (ByVal path As LongPtr) As LongPtr

Private Const START_IT As Long = 1
Private Const END_IT As Long = -1
Private Const LONGEST_COMMAND As Long = 2000 ' the library copies the command into 2048 bytes
Private Const REFUSED As Long = &H80040201 ' vbObjectError + 513

' -P: modules come from Python's own folders, not from whatever folder Excel happens to work in.
' The library puts the identity of the COM server it waits for in the place of $(CLSID).
Private Const PROGRAM As String = " -P -c ""import duebook_cli.desk, duebook_addin.excel.functions, " & _
    "xlwings; xlwings.serve('$(CLSID)')"""

Private python As Object
Private whyNot As String

' The Python side: an object of xlwings' COM server. Started where it does not run yet.
Public Function Server() As Object
    If python Is Nothing Then Set python = NewServer()
    Set Server = python
End Function

' Forget the Python that is gone, so that the next call starts another.
Public Sub Forget()
    Set python = Nothing
End Sub

' Why Python could not be started; empty where it runs or nobody has asked yet.
Public Function Failure() As String
    Failure = whyNot
End Function

' Allow another attempt. One a calculation is enough: ten thousand cells would wait for ten thousand.
Public Sub AllowAnotherAttempt()
    whyNot = ""
End Sub

' End Python. The next calculation starts it anew, with Duebook, configuration and policy as they are then.
Public Sub EndServer()
    Dim result As Variant, path As String
    Set python = Nothing
    whyNot = ""
    path = PythonPath()
    LoadTheLibrary path
    ActivateServer result, CommandLine(path), END_IT
End Sub

Private Function NewServer() As Object
    Dim result As Variant, path As String, command As String
    If Len(whyNot) > 0 Then Err.Raise REFUSED, , whyNot
    On Error GoTo Failed
    path = PythonPath()
    command = CommandLine(path)
    LoadTheLibrary path
    If ActivateServer(result, command, START_IT) <> 0 Then Err.Raise REFUSED, , CStr(result)
    NameTheConfiguration result
    Set NewServer = result
    Exit Function
Failed:
    whyNot = "Python could not be started: " & Err.Description
    Err.Raise REFUSED, , whyNot
End Function

' The configuration travels as data, to a Python that runs already, and so in any script and with any sign.
Private Sub NameTheConfiguration(ByVal started As Object)
    Dim config As String, arguments As Object
    config = Setting("config")
    If Len(config) = 0 Then
        Set arguments = started.Tuple()
    Else
        Set arguments = started.Tuple(started.Call(started.Module("pathlib"), "Path", started.Tuple(config)))
    End If
    started.Call started.Module("duebook_cli.desk"), "ready", arguments
End Sub

' A setting, from the hidden sheet of this add-in's own file.
Public Function Setting(ByVal name As String) As String
    Dim rows As Variant, row As Long
    rows = ThisWorkbook.Worksheets(1).Range("A1:B2").Value2
    For row = LBound(rows, 1) To UBound(rows, 1)
        If rows(row, 1) = name Then Setting = CStr(rows(row, 2))
    Next row
End Function

' The path of Python's program. One without a drive lies below the folder of this add-in.
Public Function PythonPath() As String
    Dim path As String, folder As String
    path = Setting("python")
    If Not (path Like "[A-Za-z]:\*" Or path Like "\\*") Then
        folder = ThisWorkbook.Path
        If Not (folder Like "[A-Za-z]:\*" Or folder Like "\\*") Then
            Err.Raise REFUSED, , "the add-in lies in " & folder & ", which is no folder of this computer; " & _
                "keep it in one, or build it with --python FILE."
        End If
        path = folder & "\" & path
    End If
    CheckPath path
    PythonPath = path
End Function

Private Sub CheckPath(ByVal path As String)
    Dim place As Long
    If Not LCase$(path) Like "*.exe" Then Refuse path, "does not end in .exe"
    If InStr(path, """") > 0 Then Refuse path, "holds a quotation mark"
    If InStr(path, "$(") > 0 Then Refuse path, "holds $(, which xlwings' library would replace"
    For place = 1 To Len(path)
        If Mid$(path, place, 1) < " " Then Refuse path, "holds a control character"
    Next place
    ' The library takes the command in the code page of the system.
    If StrConv(StrConv(path, vbFromUnicode), vbUnicode) <> path Then
        Refuse path, "holds letters that this Windows cannot hand to a program; use another folder"
    End If
End Sub

Private Sub Refuse(ByVal path As String, ByVal why As String)
    Err.Raise REFUSED, , "the path " & path & " " & why & "."
End Sub

' The command, with Python's path in quotation marks: nothing else of it comes from a setting.
Public Function CommandLine(ByVal path As String) As String
    CommandLine = """" & path & """" & PROGRAM
    If Len(CommandLine) > LONGEST_COMMAND Then Refuse path, "is too long"
End Function

' Load xlwings' library from Python's own folders; by its mere name Windows would look in others as well.
Private Sub LoadTheLibrary(ByVal path As String)
    Dim folder As String, parent As String
    folder = ParentFolder(path)
    parent = ParentFolder(folder) ' a virtual environment keeps its programs one folder deeper
    If LoadLibrary(StrPtr(folder & "\" & LIBRARY)) <> 0 Then Exit Sub
    If LoadLibrary(StrPtr(parent & "\" & LIBRARY)) <> 0 Then Exit Sub
    Err.Raise REFUSED, , LIBRARY & " could not be loaded from " & folder & " or " & parent & _
        ". Is Duebook installed there, with pip install ""duebook[excel]""?"
End Sub

Private Function ParentFolder(ByVal path As String) As String
    ParentFolder = path
    If InStr(path, "\") > 0 Then ParentFolder = Left$(path, InStrRev(path, "\") - 1)
End Function
