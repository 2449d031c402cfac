using System.Globalization;

namespace Michi.CityOs.Queries;

/// <summary>Walks over the text of a query. Faults name the parameter, the character (from 1) and what would be right.</summary>
internal sealed class ExpressionReader
{
    public const int Longest = 10_000;

    /// <summary>Parentheses within parentheses; recursion stays bounded.</summary>
    public const int Deepest = 50;

    private readonly string _parameter;
    private int _depth;

    public ExpressionReader(string parameter, string text)
    {
        _parameter = parameter;
        Text = text;
        if (text.Length > Longest) throw NgsiLdException.BadRequestData($"{parameter} has {text.Length.ToString(CultureInfo.InvariantCulture)} characters; write at most {Longest}.", text: new("entities.q-longest", Longest));
        SkipBlanks();
        if (IsAtEnd) throw NgsiLdException.BadRequestData($"{parameter} is empty.");
    }

    public string Text { get; }

    public int Position { get; set; }

    public bool IsAtEnd => Position >= Text.Length;

    /// <summary>The character here; '\0' at the end.</summary>
    public char Current => Peek(0);

    public char Peek(int ahead) => Position + ahead < Text.Length ? Text[Position + ahead] : '\0';

    public void SkipBlanks()
    {
        while (Position < Text.Length && Text[Position] == ' ') Position++;
    }

    /// <summary>Steps over a character and the blanks around it, where it is there.</summary>
    public bool TryTake(char wanted)
    {
        SkipBlanks();
        if (IsAtEnd || Text[Position] != wanted) return false;
        Position++;
        SkipBlanks();
        return true;
    }

    public bool TryTake(string wanted)
    {
        if (string.CompareOrdinal(Text, Position, wanted, 0, wanted.Length) != 0) return false;
        Position += wanted.Length;
        return true;
    }

    public void Take(char wanted, string why)
    {
        if (!TryTake(wanted)) throw Fault($"expected {wanted} {why}");
    }

    public void Enter()
    {
        if (++_depth > Deepest) throw Fault($"nested deeper than {Deepest}; write it with fewer parentheses");
    }

    public void Leave() => _depth--;

    public void End(string expected)
    {
        SkipBlanks();
        if (!IsAtEnd) throw Fault($"{Text[Position]} is not expected here; {expected}");
    }

    public NgsiLdException Fault(string fault, int? at = null) => NgsiLdException.BadRequestData($"{Told(at ?? Position)}: {fault}.", (at ?? Position) + 1);

    /// <summary>A place as faults tell it.</summary>
    public string Told(int at) => $"{_parameter}, character {(at + 1).ToString(CultureInfo.InvariantCulture)}";
}
