Attribute VB_Name = "DuebookHelp"
' Tells Excel's function wizard what the functions and their arguments are.
'
' The texts stand in the hidden sheet of this add-in, in English and Chinese: VBA source has no letters of
' another code page.

Option Explicit
Option Private Module

Private Const FIRST_ROW As Long = 5
Private Const CHINESE As Long = 4      ' the primary language in Windows' language numbers
Private Const PRIMARY_LANGUAGE As Long = &H3FF
Private Const LANGUAGE_OF_EXCEL As Long = 2 ' msoLanguageIDUI

Private Const FUNCTION_NAME As Long = 1
Private Const PARAMETER_NAME As Long = 2
Private Const ENGLISH_TEXT As Long = 3
Private Const ENGLISH_CATEGORY As Long = 5

Private done As Boolean

' Describe every function, once. Excel takes descriptions only while some workbook is open.
Public Sub DescribeFunctions()
    Dim texts As Variant, row As Long, last As Long, language As Long
    If done Or ActiveWorkbook Is Nothing Then Exit Sub
    done = True
    language = IIf(IsChinese(), 1, 0)
    texts = ThisWorkbook.Worksheets(1).UsedRange.Value2
    row = FIRST_ROW
    Do While row <= UBound(texts, 1)
        last = LastRow(texts, row)
        Describe texts, row, last, language
        row = last + 1
    Loop
End Sub

' The last row of the function that begins in a row: its parameters follow it.
Private Function LastRow(ByRef texts As Variant, ByVal first As Long) As Long
    LastRow = first
    Do While LastRow < UBound(texts, 1)
        If texts(LastRow + 1, FUNCTION_NAME) <> texts(first, FUNCTION_NAME) Then Exit Do
        LastRow = LastRow + 1
    Loop
End Function

Private Sub Describe(ByRef texts As Variant, ByVal first As Long, ByVal last As Long, ByVal language As Long)
    Dim parameters() As String, row As Long
    On Error Resume Next ' a function without its description still calculates
    ReDim parameters(1 To last - first)
    For row = first + 1 To last
        parameters(row - first) = texts(row, ENGLISH_TEXT + language)
    Next row
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & texts(first, FUNCTION_NAME), _
        Description:=texts(first, ENGLISH_TEXT + language), _
        Category:=texts(first, ENGLISH_CATEGORY + language), ArgumentDescriptions:=parameters
End Sub

Private Function IsChinese() As Boolean
    Dim languages As Object
    Set languages = Application.LanguageSettings
    IsChinese = ((languages.LanguageID(LANGUAGE_OF_EXCEL) And PRIMARY_LANGUAGE) = CHINESE)
End Function
