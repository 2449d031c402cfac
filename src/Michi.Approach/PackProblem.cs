namespace Michi.Approach;

/// <summary>What can be wrong with a content pack. The sentences and remedies for each code are texts of the user interface.</summary>
public enum PackProblemCode
{
    /// <summary>The file is not readable YAML. Arguments: the parser's words.</summary>
    Syntax,
    /// <summary>A file is missing. Arguments: its path.</summary>
    MissingFile,
    /// <summary>An id or key stands twice. Arguments: the id, the line of the first.</summary>
    DuplicateId,
    /// <summary>A key is missing. Arguments: the key.</summary>
    MissingKey,
    /// <summary>A value has the wrong form. Arguments: the key, what is expected.</summary>
    WrongValue,
    /// <summary>A name refers to nothing. Arguments: the name, what kind of thing it should be.</summary>
    UnknownReference,
    /// <summary>Dependencies run in a circle. Arguments: the circle.</summary>
    Cycle,
    /// <summary>A text is missing in a language. Arguments: the path of the text, the language.</summary>
    MissingText,
    /// <summary>A list has another length than in the first language. Arguments: the path, the length, the length there.</summary>
    UnequalList,
    /// <summary>A text belongs to nothing in the pack. Arguments: the path.</summary>
    UnusedText,
}

/// <summary>One thing wrong with a content pack, with its place.</summary>
/// <param name="File">File relative to the pack's folder.</param>
/// <param name="Line">1-based line; 0 where the whole file is meant.</param>
/// <param name="Code">What is wrong.</param>
/// <param name="Arguments">Details, in the order the code documents.</param>
public sealed record PackProblem(string File, int Line, PackProblemCode Code, params string[] Arguments);
