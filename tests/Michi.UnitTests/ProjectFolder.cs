namespace Michi.UnitTests;

/// <summary>The folder of the project the tests were built from.</summary>
internal static class ProjectFolder
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Michi.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
