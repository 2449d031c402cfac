namespace Michi.CityOs.Queries;

/// <summary>Terms joined by "and" (;) and "or" (|, and the comma where it means that), with parentheses; "and" binds closer, clause 4.9.</summary>
internal sealed class Expression<T>
{
    private readonly T? _term;
    private readonly Expression<T>[]? _parts;

    private Expression(T term) => _term = term;

    private Expression(Expression<T>[] parts, bool isAll) => (_parts, IsAll) = (parts, isAll);

    /// <summary>The term where this is one alone.</summary>
    public T? Term => _term;

    /// <summary>What is joined; null where this is one term.</summary>
    public IReadOnlyList<Expression<T>>? Parts => _parts;

    /// <summary>Whether all parts have to hold, not any.</summary>
    public bool IsAll { get; }

    public static Expression<T> Read(ExpressionReader reader, bool isCommaOr, Func<ExpressionReader, T> readTerm)
    {
        var expression = ReadAny(reader, isCommaOr, readTerm);
        reader.End(isCommaOr ? "join with ; (and), | or , (or), or put it in parentheses" : "join with ; (and) or | (or)");
        return expression;
    }

    public bool Holds<TArgument>(TArgument argument, Func<T, TArgument, bool> holds)
    {
        if (_parts is null) return holds(_term!, argument);
        foreach (var part in _parts)
            if (part.Holds(argument, holds) != IsAll) return !IsAll;
        return IsAll;
    }

    public IEnumerable<T> Terms => _parts is null ? [_term!] : _parts.SelectMany(p => p.Terms);

    private static Expression<T> ReadAny(ExpressionReader reader, bool isCommaOr, Func<ExpressionReader, T> readTerm)
    {
        var first = ReadAll(reader, isCommaOr, readTerm);
        List<Expression<T>>? parts = null;
        while (reader.TryTake('|') || (isCommaOr && reader.TryTake(',')))
            (parts ??= [first]).Add(ReadAll(reader, isCommaOr, readTerm));
        return parts is null ? first : new([.. parts], isAll: false);
    }

    private static Expression<T> ReadAll(ExpressionReader reader, bool isCommaOr, Func<ExpressionReader, T> readTerm)
    {
        var first = ReadOne(reader, isCommaOr, readTerm);
        List<Expression<T>>? parts = null;
        while (reader.TryTake(';')) (parts ??= [first]).Add(ReadOne(reader, isCommaOr, readTerm));
        return parts is null ? first : new([.. parts], isAll: true);
    }

    private static Expression<T> ReadOne(ExpressionReader reader, bool isCommaOr, Func<ExpressionReader, T> readTerm)
    {
        var from = reader.Position;
        if (!reader.TryTake('(')) return new(readTerm(reader));
        reader.Enter();
        var inner = ReadAny(reader, isCommaOr, readTerm);
        reader.Take(')', $"to close the parenthesis of character {from + 1}");
        reader.Leave();
        return inner;
    }
}
