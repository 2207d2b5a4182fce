Attribute VB_Name = "DuebookCall"
' Calls the worksheet functions in Python: arguments on their way there, answers and errors on their way back.

Option Explicit
Option Private Module

Private Const FUNCTIONS_MODULE As String = "duebook_addin.excel.functions"
Private Const MOST_KEPT As Long = 10000
Private Const MOST_REASONS As Long = 1000
Private Const REASONS_OF_ONE_ANSWER As Long = 100
Private Const REFUSED_ARGUMENT As Long = &H80040202 ' vbObjectError + 514

Private kept As Object     ' answers of this calculation, by function and arguments
Private reasons As Object  ' why a cell holds an error, by the cell's address
Private hasSaid As Boolean ' whether the status bar says that Python did not start

' Call a function whose answer follows from its arguments alone. Equal calls with single cells are made once
' in a calculation: a column of formulas that ask the same thing costs one.
Public Function Answer(ByVal name As String, ByVal arguments As Variant) As Variant
    Dim values As Variant, key As String
    On Error GoTo Failed
    values = WithValues(arguments)
    key = KeyOf(name, values)
    If Len(key) = 0 Then
        Answer = Received(Called(name, values))
        Exit Function
    End If
    If kept Is Nothing Then Set kept = CreateObject("Scripting.Dictionary")
    If Not kept.Exists(key) Then
        If kept.Count >= MOST_KEPT Then kept.RemoveAll
        kept.Add key, Called(name, values)
    End If
    Answer = Received(kept.Item(key))
    Exit Function
Failed:
    Answer = ErrorFor(Err.Number, Err.Description)
End Function

' Call a function that asks the refreshed store: its answer is never kept.
Public Function FreshAnswer(ByVal name As String, ByVal arguments As Variant) As Variant
    On Error GoTo Failed
    FreshAnswer = Received(Called(name, WithValues(arguments)))
    Exit Function
Failed:
    FreshAnswer = ErrorFor(Err.Number, Err.Description)
End Function

' After a calculation: what was kept for it goes, and a Python that did not start is said once.
Public Sub CalculationEnded()
    If Not kept Is Nothing Then kept.RemoveAll
    If Len(DuebookServer.Failure()) > 0 Then
        Application.StatusBar = "Duebook: " & DuebookServer.Failure()
        hasSaid = True
    ElseIf hasSaid Then
        Application.StatusBar = False ' Excel's own again
        hasSaid = False
    End If
    DuebookServer.AllowAnotherAttempt
End Sub

' Why a cell holds an error; empty where nothing is known.
Public Function Reason(ByVal cell As Range) As String
    If reasons Is Nothing Then Exit Function
    If reasons.Exists(cell.Address(External:=True)) Then Reason = reasons.Item(cell.Address(External:=True))
End Function

' --- Arguments

' The arguments, with the values of ranges in the place of the ranges: Python would ask Excel back for each.
Private Function WithValues(ByRef arguments As Variant) As Variant
    Dim values() As Variant, place As Long
    ReDim values(LBound(arguments) To UBound(arguments))
    For place = LBound(arguments) To UBound(arguments)
        If IsMissing(arguments(place)) Then
            ' stays empty, which is the same to every function
        ElseIf IsObject(arguments(place)) Then
            values(place) = ValuesOf(arguments(place), place + 1)
        Else
            values(place) = arguments(place)
        End If
    Next place
    WithValues = values
End Function

Private Function ValuesOf(ByVal cells As Range, ByVal argument As Long) As Variant
    If cells.Areas.Count > 1 Then
        Err.Raise REFUSED_ARGUMENT, , "argument " & argument & ": several ranges; one is allowed."
    End If
    If cells.Rows.Count = cells.Worksheet.Rows.Count Then Set cells = FilledRows(cells)
    If cells.Worksheet.Parent.Date1904 Then
        ValuesOf = cells.Value ' dates as dates: their serial numbers count from another day
    Else
        ValuesOf = cells.Value2
    End If
End Function

' A whole column ends with the last row in use; the million empty rows below it say nothing.
Private Function FilledRows(ByVal cells As Range) As Range
    Dim used As Range
    Set used = cells.Worksheet.UsedRange
    Set FilledRows = cells.Resize(used.Row + used.Rows.Count - 1)
End Function

' What tells one call with single cells from another; empty where an argument is a range or of another kind.
Private Function KeyOf(ByVal name As String, ByVal values As Variant) As String
    Dim key As String, part As String, value As Variant
    key = name
    For Each value In values
        Select Case VarType(value)
            Case vbDouble
                If Abs(value) > 1E+300 Then Exit Function
                ' CStr gives 15 digits; what they leave out of the number is told apart as well.
                part = "n" & CStr(value) & "+" & CStr(value - CDbl(CStr(value)))
            Case vbString
                part = "s" & Len(value) & ":" & value
            Case vbBoolean, vbError
                part = "x" & CStr(value)
            Case vbEmpty
                part = "e"
            Case Else
                Exit Function
        End Select
        key = key & "|" & part
    Next value
    KeyOf = key
End Function

' --- The call

Private Function Called(ByVal name As String, ByVal values As Variant) As Variant
    Dim again As Boolean, number As Long, message As String
    On Error GoTo Gone
    Called = DuebookServer.Server().CallUDF(FUNCTIONS_MODULE, name, values)
    Exit Function
Gone:
    number = Err.Number ' kept at once: what is called from here may clear them
    message = Err.Description
    If again Or Not IsGone(number) Then Err.Raise number, , message
    again = True
    DuebookServer.Forget
    Resume
End Function

' Whether an error of COM says that the Python which was there has ended.
Private Function IsGone(ByVal number As Long) As Boolean
    Select Case number
        Case &H800706BA, &H800706BE, &H80010007, &H80010012, &H80010108, 462
            IsGone = True
    End Select
End Function

' --- Answers

' An answer as the cells show it. Python marks errors, with a sign that no text of a cell begins with.
Private Function Received(ByRef found As Variant) As Variant
    If Not IsArray(found) Then
        Received = CellOf(found, 0, 0)
    ElseIf HasErrors(found) Then
        Received = WithErrors(found)
    Else
        Received = found
    End If
End Function

' Whether an array has errors: then, and only then, its last row begins with the mark alone.
Private Function HasErrors(ByRef found As Variant) As Boolean
    Dim last As Variant
    On Error GoTo OneRow ' which comes in one dimension, and so without errors
    last = found(UBound(found, 1), LBound(found, 2))
    If VarType(last) = vbString Then HasErrors = (last = Chr$(1))
OneRow:
End Function

Private Function WithErrors(ByRef found As Variant) As Variant
    Dim values() As Variant, row As Long, column As Long, firstRow As Long, firstColumn As Long
    firstRow = LBound(found, 1)
    firstColumn = LBound(found, 2)
    ReDim values(firstRow To UBound(found, 1) - 1, firstColumn To UBound(found, 2))
    For row = firstRow To UBound(found, 1) - 1
        For column = firstColumn To UBound(found, 2)
            values(row, column) = CellOf(found(row, column), row - firstRow, column - firstColumn)
        Next column
    Next row
    WithErrors = values
End Function

' A value, or the error that the marked text stands for: mark, number, mark, message.
Private Function CellOf(ByVal value As Variant, ByVal row As Long, ByVal column As Long) As Variant
    Dim parts() As String
    CellOf = value
    If VarType(value) <> vbString Then Exit Function
    If Left$(value, 1) <> Chr$(1) Then Exit Function
    parts = Split(value, Chr$(1), 3)
    CellOf = CVErr(CLng(parts(1)))
    Remember parts(2), row, column
End Function

' Nothing came back: #VALUE! where an argument was wrong, #N/A where Python did not answer.
Private Function ErrorFor(ByVal number As Long, ByVal message As String) As Variant
    Remember message, 0, 0
    ErrorFor = CVErr(IIf(number = REFUSED_ARGUMENT, xlErrValue, xlErrNA))
End Function

' Keep why a cell of the calling formula holds an error. Code that calls has no cell.
Private Sub Remember(ByVal message As String, ByVal row As Long, ByVal column As Long)
    Dim caller As Range
    On Error Resume Next ' an answer is not lost for want of a reason
    If row > REASONS_OF_ONE_ANSWER Or TypeName(Application.Caller) <> "Range" Then Exit Sub
    If reasons Is Nothing Then Set reasons = CreateObject("Scripting.Dictionary")
    If reasons.Count >= MOST_REASONS Then reasons.RemoveAll
    Set caller = Application.Caller
    reasons.Item(caller.Cells(1, 1).Offset(row, column).Address(External:=True)) = message
End Sub
