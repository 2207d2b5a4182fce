Attribute VB_Name = "DuebookMacros"
' What a person can start with Alt+F8 and the macro's name.

Option Explicit

' Say why the active cell holds an error.
Public Sub DuebookWhy()
    Dim message As String
    If ActiveCell Is Nothing Then Exit Sub
    If Not IsError(ActiveCell.Value) Then
        message = "This cell holds no error."
    Else
        message = DuebookCall.Reason(ActiveCell)
        If Len(message) = 0 Then
            message = "Nothing is known about this error. Calculate the cell again (F2, Enter) and ask again."
        End If
    End If
    MsgBox message, vbInformation, "Duebook"
End Sub

' End Python and calculate every open workbook: after Duebook, its configuration or its policy changed, and
' after a refresh of the store.
Public Sub DuebookRestart()
    On Error GoTo Failed
    DuebookServer.EndServer
    Application.StatusBar = False
    Application.CalculateFull
    Exit Sub
Failed:
    MsgBox Err.Description, vbExclamation, "Duebook"
End Sub
